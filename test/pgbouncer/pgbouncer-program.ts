import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { serverAccount, spawnIdentity } from '../postgres/server-account.ts'
import { moveIntoPlace } from '../postgres/server-binaries.ts'
import { openServersFolder } from '../postgres/servers-folder.ts'

/** A PgBouncer that runs on this machine. */
export interface PgbouncerProgram {
  readonly file: string
  /** For LD_LIBRARY_PATH; empty for an installed one. */
  readonly libraries: string
  /** `PgBouncer 1.18.0` */
  readonly version: string
}

/** Where Debian's package has it; no folder of an ordinary user's PATH. */
const installed = ['/usr/sbin/pgbouncer', '/usr/local/sbin/pgbouncer']

/**
 * The machine's own PgBouncer, else Debian's package with its libraries, unpacked beside the embedded servers (once; no
 * root needed, nothing is installed). Where neither can be had, says why not.
 */
export function findPgbouncer(): PgbouncerProgram | { readonly missing: string } {
  for (const file of ['pgbouncer', ...installed]) {
    const found = program(file, '')
    if (found !== undefined) return found
  }
  const folder = join(openServersFolder(serverAccount()), 'pgbouncer')
  const kept = unpacked(folder)
  if (kept !== undefined) return kept
  const scratch = mkdtempSync(`${folder}-new-`)
  try {
    const why = unpackPackages(scratch)
    if (why !== undefined) return { missing: why }
    if (unpacked(scratch) === undefined) return { missing: 'Debian’s package does not run here' }
    moveIntoPlace(scratch, folder, () => unpacked(folder) !== undefined)
    return unpacked(folder) ?? { missing: 'the unpacked package is gone' }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function unpacked(folder: string): PgbouncerProgram | undefined {
  const file = join(folder, 'root/usr/sbin/pgbouncer')
  if (!existsSync(file)) return undefined
  const libraries = ['usr/lib', 'lib'].flatMap((below) => {
    const parent = join(folder, 'root', below)
    if (!existsSync(parent)) return []
    return readdirSync(parent)
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(parent, name))
  })
  return program(file, libraries.join(':'))
}

/** Undefined where it does not run. As the servers' account: it must be able to read it. */
function program(file: string, libraries: string): PgbouncerProgram | undefined {
  const { status, stdout } = spawnSync(file, ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    ...spawnIdentity(serverAccount()),
  })
  const [version = ''] = status === 0 ? stdout.split('\n') : []
  return version === '' ? undefined : { file, libraries, version }
}

/** Why it could not be done; undefined where it was. */
function unpackPackages(folder: string): string | undefined {
  const described = run('apt-cache', ['depends', 'pgbouncer'], folder)
  if (typeof described !== 'string') return described.missing
  const libraries = [...described.matchAll(/^ *Depends: (lib(?!c6)[\w.+-]+)$/gmu)].map(
    ([, name]) => name ?? '',
  )
  const root = join(folder, 'root')
  for (const one of [folder, root]) if (!existsSync(one)) mkdirSync(one)
  const downloaded = run('apt-get', ['download', 'pgbouncer', ...libraries], folder)
  if (typeof downloaded !== 'string') return downloaded.missing
  for (const archive of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    const extracted = run('dpkg-deb', ['-x', archive, root], folder)
    if (typeof extracted !== 'string') return extracted.missing
    rmSync(join(folder, archive))
  }
  // mkdtemp's own mode lets nobody else in.
  const opened = run('chmod', ['-R', 'a+rX', folder], folder)
  return typeof opened === 'string' ? undefined : opened.missing
}

function run(file: string, args: readonly string[], cwd: string): string | { readonly missing: string } {
  const { error, status, stdout, stderr } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (error !== undefined) return { missing: `${file}: ${error.message}` }
  return status === 0 ? stdout : { missing: `${file}: ${stderr.trim().split('\n').at(-1) ?? ''}` }
}
