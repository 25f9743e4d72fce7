import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { ServerBinaries } from './server-binaries.ts'

/**
 * The same programs where nobody has installed the contrib package, as the packages of Linux distributions leave it out:
 * a copy of hard links in `scratch`, without the extensions (all but PL/pgSQL, which is no part of contrib) and without
 * the output plugin test_decoding. Other libraries stay: what is only preloaded can still be.
 */
export async function withoutContrib(binaries: ServerBinaries, scratch: string): Promise<ServerBinaries> {
  const complete = dirname(dirname(binaries.postgres))
  const folder = join(scratch, `no-contrib-${randomUUID()}`)
  await runProgram('cp', ['-R', '--preserve=mode', '--link', complete, folder], { cwd: scratch })
  const extensions = join(folder, 'share', 'postgresql', 'extension')
  for (const name of readdirSync(extensions))
    if (!name.startsWith('plpgsql')) rmSync(join(extensions, name), { recursive: true })
  rmSync(join(folder, 'lib', 'postgresql', 'test_decoding.so'))
  const inCopy = (program: string): string => join(folder, 'bin', basename(program))
  return { ...binaries, initdb: inCopy(binaries.initdb), postgres: inCopy(binaries.postgres) }
}
