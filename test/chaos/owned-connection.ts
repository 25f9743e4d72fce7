import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** The two ends of a TCP connection of this machine (IPv4), as the process that is asked for sees them. */
export interface ConnectionEnds {
  readonly local: number
  readonly remote: number
}

/** The kernel lists connections piece by piece: one may be passed over while others come and go. */
const looks = 5

/** Whether the connection is one of the process. False where it is gone already. */
export async function ownsConnection(pid: number, ends: ConnectionEnds): Promise<boolean> {
  for (let look = 1; look <= looks; look += 1) {
    const inode = await inodeOf(ends)
    if (inode !== undefined) return (await inodesOf(pid)).has(inode)
  }
  return false
}

/** How the process at the other end of this socket sees the connection. */
export function seenFromThere({ localPort, remotePort }: Socket): ConnectionEnds {
  return { local: remotePort ?? 0, remote: localPort ?? 0 }
}

/** One port may have several connections, also some that are over and belong to nobody any more (inode 0). */
async function inodeOf({ local, remote }: ConnectionEnds): Promise<string | undefined> {
  const [here, there] = [local, remote].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`)
  const table = await readFile('/proc/net/tcp', 'utf8')
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .find(
      ([, from, to, ...rest]) => from?.endsWith(here ?? '') && to?.endsWith(there ?? '') && rest[6] !== '0',
    )?.[9]
}

async function inodesOf(pid: number): Promise<ReadonlySet<string>> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(
      descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
    )
    return new Set(links.map((link) => /^socket:\[(\d+)\]$/u.exec(link)?.[1] ?? ''))
  } catch {
    return new Set()
  }
}
