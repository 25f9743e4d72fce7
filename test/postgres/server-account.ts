import { readFileSync } from 'node:fs'

/** The operating system account that servers run under. */
export interface ServerAccount {
  readonly uid: number
  readonly gid: number
}

/**
 * PostgreSQL refuses to run as root, so root hands its servers to `nobody`; anyone else runs them under the own account.
 * PostgreSQL also looks its user up by name, hence the entry in /etc/passwd is required.
 */
export function serverAccount(): ServerAccount {
  const uid = process.getuid?.()
  const gid = process.getgid?.()
  if (uid === undefined || gid === undefined)
    throw new Error('The embedded servers need a system with user ids, that is Linux.')
  if (uid !== 0) return { uid, gid }
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , nobodyUid, nobodyGid] = line.split(':')
    if (name === 'nobody') return { uid: Number(nobodyUid), gid: Number(nobodyGid) }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user "nobody" in /etc/passwd to run it instead: add one, or run as an ordinary user.',
  )
}

/** What spawn needs to start a program under the account. Only root may change accounts. */
export function spawnIdentity(account: ServerAccount): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: account.uid, gid: account.gid } : {}
}
