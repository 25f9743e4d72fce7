import { execFile } from 'node:child_process'
import { symlink, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actionFolders, readActionFile } from '../build/action-file.ts'
import { nodeForActions } from '../runner/node-runtime.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const actionsFolder = join(root, 'actions')
const folders = actionFolders(actionsFolder)

let work: string
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'stub with spaces '))
  await symlink(join(root, 'dist'), join(work, 'dist'))
})
afterAll(() => rm(work, { recursive: true, force: true }))

describe.each(folders)('dist/%s', (folder) => {
  test('starts from another folder, through a link, with next to no environment', async () => {
    const started = promisify(execFile)(nodeForActions(), [join(work, 'dist', folder, 'index.js')], {
      cwd: '/',
      env: { INPUT_MIGRATION: 'none.yml', 'INPUT_DRY-RUN': 'neither' },
    })
    await expect(started).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        '::error title=dry-run::input dry-run is neither true nor false',
      ) as string,
      stderr: '',
    })
  })
})

test.each(folders.filter((folder) => readActionFile(actionsFolder, folder).runs.post !== undefined))(
  'the post step of %s does nothing where the main step left nothing to undo',
  async (folder) => {
    const { stderr } = await promisify(execFile)(nodeForActions(), [join(work, 'dist', folder, 'post.js')], {
      cwd: '/',
      env: {},
    })
    expect(stderr).toBe('')
  },
)
