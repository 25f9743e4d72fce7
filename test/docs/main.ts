import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { documented, findingsIndex, pageWithCheck } from './finding-pages.ts'
import { withMigrationKeys } from './migration-keys.ts'
import { migrationSchemaText } from './migration-schema.ts'
import { readmeWithTables } from './readme-tables.ts'

// Writes what is generated into the documents: the tables of each action's README, migration.schema.json, the table of the
// migration file's keys, the heads of the findings' pages and their list.
const root = fileURLToPath(new URL('../..', import.meta.url))
const actionsFolder = join(root, 'actions')

for (const folder of actionFolders(actionsFolder)) {
  const file = join(actionsFolder, folder, 'README.md')
  if (!existsSync(file)) {
    console.error(`actions/${folder}/README.md is missing`)
    process.exitCode = 1
    continue
  }
  update(file, await readmeWithTables(readFileSync(file, 'utf8'), readActionFile(actionsFolder, folder)))
}
update(join(root, 'migration.schema.json'), migrationSchemaText())
const keysFile = join(root, 'docs', 'migration-file.md')
update(keysFile, await withMigrationKeys(readFileSync(keysFile, 'utf8')))
const pagesFolder = join(root, 'docs', 'findings')
for (const check of documented) {
  const file = join(pagesFolder, `${check.code}.md`)
  if (existsSync(file)) {
    update(file, await pageWithCheck(readFileSync(file, 'utf8'), check))
    continue
  }
  console.error(`docs/findings/${check.code}.md is missing: write it as shared/preflight/finding.ts says`)
  process.exitCode = 1
}
update(join(pagesFolder, 'README.md'), await findingsIndex())

function update(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  writeFileSync(file, text)
  console.log(`wrote ${file.slice(root.length)}`)
}
