import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'

const schema = z.strictObject({
  name: z.string().min(1),
  description: z.string().min(1),
  author: z.literal('aurora-migration-actions'),
  branding: z.strictObject({ icon: z.string(), color: z.string() }),
  inputs: z.record(
    z.string(),
    z.strictObject({
      description: z.string().min(1),
      required: z.boolean().default(false),
      // The runner passes text; a bare `false` in the file would only look like a boolean.
      default: z.string().optional(),
    }),
  ),
  outputs: z.record(z.string(), z.strictObject({ description: z.string().min(1) })),
  runs: z.strictObject({
    using: z.literal('node24'),
    main: z.string(),
    post: z.string().optional(),
    'post-if': z.string().optional(),
  }),
})

/** What an action.yml of this repository says, and the name of its folder. */
export interface ActionFile extends z.infer<typeof schema> {
  readonly folder: string
}

/** Names of the folders below `actionsFolder` that hold an action.yml, sorted. */
export function actionFolders(actionsFolder: string): string[] {
  return readdirSync(actionsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(actionsFolder, entry.name, 'action.yml')))
    .map((entry) => entry.name)
    .sort()
}

/** Reads one action.yml. Throws an Error that names the file and everything that is wrong in it. */
export function readActionFile(actionsFolder: string, folder: string): ActionFile {
  const file = join(actionsFolder, folder, 'action.yml')
  const read = schema.safeParse(parse(readFileSync(file, 'utf8')))
  if (!read.success) throw new Error(`${file}:\n${z.prettifyError(read.error)}`)
  return { folder, ...read.data }
}
