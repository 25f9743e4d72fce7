import { readdir, readFile, readlink } from 'node:fs/promises'

/** Whether a TCP connection of this machine with that local port (IPv4) is one of the process. False where it is gone already. */
export async function ownsPort(pid: number, port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const table = await readFile('/proc/net/tcp', 'utf8')
  const inode = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/u))
    .find(([, local]) => local?.endsWith(`:${hex}`))?.[9]
  if (inode === undefined) return false
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(
      descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
    )
    return links.includes(`socket:[${inode}]`)
  } catch {
    return false
  }
}
