import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { findPackageJSON } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { runProgram } from './run-program.ts'

/** The majors that run here; 13 is the oldest that a migration starts from. */
export type Major = 13 | 15 | 17

/** A runnable copy of one PostgreSQL version. */
export interface ServerBinaries {
  /** e.g. `17.10.0-beta.17-x64`: names this copy and everything made with it */
  readonly version: string
  readonly initdb: string
  readonly postgres: string
}

/**
 * The servers of one major, copied out of node_modules to a place that the servers' account can read, with the links
 * to shared libraries that npm cannot ship and that the package's install script (which need not have run) would make.
 * Safe beside other processes that do the same: a copy is built aside, in `scratch`, and moved into place whole.
 */
export async function prepareBinaries(
  major: Major,
  serversFolder: string,
  scratch: string,
): Promise<ServerBinaries> {
  const source = findPackage(major)
  const version = `${source.version}-${process.arch}`
  const folder = join(serversFolder, 'binaries', version)
  if (!isComplete(folder, source.native)) {
    const built = join(scratch, `binaries-${randomUUID()}`)
    await copyNative(source.native, built, scratch)
    moveIntoPlace(built, folder, () => isComplete(folder, source.native))
  }
  return { version, initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') }
}

/** Moves a finished folder to its final name. When another process was first, and did it well, that one stays. */
export function moveIntoPlace(built: string, folder: string, isGood: () => boolean): void {
  const aside = `${built}-replaced`
  try {
    if (existsSync(folder) && !isGood()) renameSync(folder, aside)
    renameSync(built, folder)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(code) || !isGood()) throw error
  } finally {
    rmSync(built, { recursive: true, force: true })
    rmSync(aside, { recursive: true, force: true })
  }
}

/**
 * The npm package that holds a major's servers for a platform.
 * @param platform `<process.platform>-<process.arch>`
 * @throws Error where there is none, naming the platforms that have one
 */
export function packageName(major: Major, platform: string): string {
  if (platform !== 'linux-x64' && platform !== 'linux-arm64') {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}. The embedded servers run on linux-x64 and linux-arm64 (glibc); ` +
        'elsewhere use a Linux container or virtual machine.',
    )
  }
  if (major === 13 && platform !== 'linux-x64') {
    throw new Error(
      `There is no embedded PostgreSQL 13 for ${platform}, only for linux-x64. Use 15 or 17 here, or a machine with an x64 processor.`,
    )
  }
  return `postgres-${major}-${platform}`
}

function findPackage(major: Major): { native: string; version: string } {
  const name = packageName(major, `${process.platform}-${process.arch}`)
  const file = findManifest(name)
  if (file === undefined) {
    throw new Error(`The package ${name} is not installed. Run "npm ci" without --omit=optional.`)
  }
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return { native: join(dirname(file), 'native'), version }
}

function findManifest(name: string): string | undefined {
  try {
    return findPackageJSON(name, import.meta.url)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

async function copyNative(native: string, target: string, scratch: string): Promise<void> {
  // cp rather than fs.cp: ten times as fast on two thousand small files, and clones blocks where the file system can.
  await runProgram('cp', ['-R', '--preserve=mode', '--reflink=auto', native, target], { cwd: scratch })
  await runProgram('chmod', ['-R', 'u+rwX,go+rX,go-w', target], { cwd: scratch })
  for (const link of readLinks(native)) {
    const path = join(target, link.target)
    mkdirSync(dirname(path), { recursive: true })
    rmSync(path, { force: true })
    symlinkSync(link.to, path)
  }
}

/** The package's list of links: paths below native, and the file beside each that it leads to. */
function readLinks(native: string): { target: string; to: string }[] {
  const text = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(text) as { source: string; target: string }[]
  return links.map(({ source, target }) => ({
    target: target.replace(/^native\//, ''),
    to: basename(source),
  }))
}

/** Whether a copy has every file in its full size: cleaners of temporary folders take old files one by one. */
function isComplete(folder: string, native: string): boolean {
  if (!existsSync(folder)) return false
  const links = new Set(readLinks(native).map((link) => link.target))
  const wanted = readdirSync(native, { recursive: true, encoding: 'utf8' }).filter((path) => !links.has(path))
  return [...wanted, ...links].every((path) => {
    const copy = statSync(join(folder, path), { throwIfNoEntry: false })
    if (copy === undefined || links.has(path)) return copy !== undefined
    const original = statSync(join(native, path))
    return original.isDirectory() ? copy.isDirectory() : copy.size === original.size
  })
}
