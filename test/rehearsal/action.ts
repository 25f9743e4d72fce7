import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runJavaScriptAction } from '../runner/javascript-action.ts'

// `npm run action -- NAME key=value …`: runs one bundle as the runner does, against what the environment points at.

const root = fileURLToPath(new URL('../..', import.meta.url))
const [name = '', ...pairs] = process.argv.slice(2)
const names = readdirSync(join(root, 'actions'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(root, 'actions', entry.name, 'action.yml')))
  .map((entry) => entry.name)
const wrong = pairs.filter((pair) => !/^[a-z-]+=/u.test(pair))
if (!names.includes(name) || wrong.length > 0) {
  process.stderr.write(
    `usage: npm run action -- NAME input=value …\nNAME is one of: ${names.join(', ')}\n${wrong.map((pair) => `not input=value: ${pair}\n`).join('')}`,
  )
  process.exit(2)
}

const controller = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => controller.abort())
const workFolder = mkdtempSync(join(tmpdir(), 'aurora-migration-action-'))
try {
  const options = {
    actionFolder: join(root, 'actions', name),
    inputs: Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
    environment: {
      ...passedOn(),
      GITHUB_WORKSPACE: root,
      GITHUB_REPOSITORY: 'aurora-migration/aurora-migration-actions',
      GITHUB_RUN_ID: String(Date.now()),
      GITHUB_RUN_ATTEMPT: '1',
    },
    workFolder,
    signal: controller.signal,
    token: process.env.GITHUB_TOKEN ?? 'no-token',
    onLine: (line: string) => process.stdout.write(`${line}\n`),
  }
  const result = await runJavaScriptAction(options)
  if (existsSync(join(root, 'dist', name, 'post.js')))
    await runJavaScriptAction({ ...options, phase: 'post', stateFrom: result.state })
  if (result.summary !== '') process.stdout.write(`\n${result.summary}\n`)
  for (const [key, value] of Object.entries(result.outputs)) process.stdout.write(`${key}=${value}\n`)
  process.exitCode = result.exitCode ?? 1
} finally {
  rmSync(workFolder, { recursive: true, force: true })
}

/** What a job would have from its steps before: AWS, GitHub, the databases. */
function passedOn(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([key, value]) =>
      value !== undefined && /^(AWS_|GITHUB_|ACTIONS_|RUNNER_DEBUG$|.*_DATABASE_URL$)/u.test(key),
  )
  return Object.fromEntries(kept.map(([key, value]) => [key, value ?? '']))
}
