import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeOwnFolder } from './own-folder.ts'
import { runProgram } from './run-program.ts'
import { spawnIdentity } from './server-account.ts'
import type { ServerAccount } from './server-account.ts'
import { moveIntoPlace } from './server-binaries.ts'
import type { ServerBinaries } from './server-binaries.ts'

/** Name of every server's superuser. Not `postgres`: a name that is masked in logs must not be a common word. */
export const superuser = 'bootstrap'

export interface DataFolderPlan {
  readonly binaries: ServerBinaries
  readonly account: ServerAccount
  readonly serversFolder: string
  /** folder of this run for things half made, on the same file system */
  readonly scratch: string
  /** the data folder to make */
  readonly target: string
}

/**
 * A fresh data folder as a copy of the version's template: a third of the time of initdb. All copies have one system
 * identifier, so a second server of the same version must not be made in this way where identifiers count.
 * @returns the superuser's password in the copy, known to whoever can read the template: change it at first start
 */
export async function copyTemplate(plan: DataFolderPlan): Promise<string> {
  const template = join(plan.serversFolder, 'templates', plan.binaries.version)
  const complete = (): boolean => existsSync(join(template, 'data', 'global', 'pg_control'))
  if (!complete()) {
    const built = join(plan.scratch, `template-${randomUUID()}`)
    mkdirSync(built)
    chmodSync(built, 0o711)
    const password = await initialise({ ...plan, target: join(built, 'data') })
    writeFileSync(join(built, 'password'), password, { mode: 0o600 })
    moveIntoPlace(built, template, complete)
  }
  await runProgram('cp', ['-a', '--reflink=auto', join(template, 'data'), plan.target], { cwd: plan.scratch })
  return readFileSync(join(template, 'password'), 'utf8')
}

/**
 * A data folder by initdb: UTF-8, C collation (the only one that every system has), scram passwords.
 * @returns the superuser's password
 */
export async function initialise(plan: DataFolderPlan): Promise<string> {
  const { account, target } = plan
  const password = newPassword()
  const passwordFile = join(plan.scratch, `password-${randomUUID()}`)
  writeFileSync(passwordFile, password, { mode: 0o600 })
  makeOwnFolder(target, account)
  if (process.getuid?.() === 0) chownSync(passwordFile, account.uid, account.gid)
  // --no-instructions, which 13 does not know, would only shorten what nobody reads.
  const options = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-sync']
  try {
    await runProgram(
      plan.binaries.initdb,
      [`--pgdata=${target}`, `--username=${superuser}`, `--pwfile=${passwordFile}`, ...options],
      {
        cwd: target,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
        detached: true, // out of reach of a kill of our group: only the supervisor sees what shared memory its servers hold
        ...spawnIdentity(account),
      },
    )
  } finally {
    rmSync(passwordFile)
  }
  return password
}

/** Long, and of letters and digits only, so that it needs no quoting anywhere. */
export function newPassword(): string {
  return randomBytes(24).toString('hex')
}
