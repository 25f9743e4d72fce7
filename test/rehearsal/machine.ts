import { execFile } from 'node:child_process'
import { findPackageJSON } from 'node:module'
import { promisify } from 'node:util'
import type { Machine } from './strategies.ts'

/** What this machine offers to a rehearsal beyond what npm installs everywhere. */
export async function thisMachine(): Promise<Machine> {
  return {
    hasPostgres13: hasPackage(`postgres-13-${process.platform}-${process.arch}`),
    dumpMajor: await dumpMajor(),
  }
}

function hasPackage(name: string): boolean {
  try {
    return findPackageJSON(name, import.meta.url) !== undefined
  } catch {
    return false
  }
}

/** The smaller of pg_dump's and psql's major versions. */
async function dumpMajor(): Promise<number | undefined> {
  const majors: number[] = []
  for (const program of ['pg_dump', 'psql']) {
    try {
      const { stdout } = await promisify(execFile)(program, ['--version'])
      majors.push(Number(/\(PostgreSQL\) (\d+)/u.exec(stdout)?.[1]))
    } catch {
      return undefined
    }
  }
  return Math.min(...majors)
}
