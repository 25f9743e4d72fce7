import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify } from './process-table.ts'
import { serverAccount } from './server-account.ts'
import { openServersFolder } from './servers-folder.ts'

/*
 * Data folders that outlive the process that made them. They cannot lie in their owner's own folder, which the servers'
 * account may be unable to enter; so each owner has a folder below `volumes`, which is swept once the owner's is gone.
 */

const ownerFile = 'owner'

/**
 * The folder for the volumes of an owner, made where it is not there. Volumes of owners that are gone are removed.
 * @param owner absolute path of the folder that they belong to
 */
export function openVolumesFolder(owner: string): string {
  const volumes = join(openServersFolder(serverAccount()), 'volumes')
  sweepVolumes(volumes)
  const folder = folderOf(volumes, owner)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o711)
  writeFileSync(join(folder, ownerFile), owner)
  return folder
}

/** Removes the volumes of an owner; their servers must have ended. */
export function removeVolumesFolder(owner: string): void {
  const volumes = join(openServersFolder(serverAccount()), 'volumes')
  rmSync(folderOf(volumes, owner), { recursive: true, force: true, maxRetries: 3 })
}

function folderOf(volumes: string, owner: string): string {
  return join(volumes, createHash('sha256').update(owner).digest('hex').slice(0, 16))
}

function sweepVolumes(volumes: string): void {
  for (const name of readdirSync(volumes)) {
    const folder = join(volumes, name)
    const file = join(folder, ownerFile)
    // Without the file it is being made, or being removed by another sweep.
    if (!existsSync(file) || existsSync(readFileSync(file, 'utf8')) || hasServers(folder)) continue
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** In doubt (the number may have come round again) there are some. */
function hasServers(folder: string): boolean {
  return readdirSync(folder).some((volume) => {
    const file = join(folder, volume, 'data', 'postmaster.pid')
    return existsSync(file) && identify(Number(readFileSync(file, 'utf8').split('\n')[0])) !== undefined
  })
}
