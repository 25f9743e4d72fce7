import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import type { ServerAccount } from './server-account.ts'

/** Makes a folder that belongs to the servers' account and that nobody else may look into, as PostgreSQL demands. */
export function makeOwnFolder(folder: string, account: ServerAccount): void {
  mkdirSync(folder, { mode: 0o700 })
  giveTo(folder, account)
}

/** Writes a file that the server can open for writing, which it does even with those that it only reads. */
export function writeOwnFile(file: string, text: string, account: ServerAccount): void {
  writeFileSync(file, text, { mode: 0o600 })
  giveTo(file, account)
}

function giveTo(path: string, account: ServerAccount): void {
  if (process.getuid?.() === 0) chownSync(path, account.uid, account.gid)
}
