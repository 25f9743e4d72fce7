import type { Emulator } from '../emulator.ts'
import type { Service } from '../protocol/service.ts'
import { cloneOperations } from './clone-cluster.ts'
import { changeParameterGroupOperations } from './change-parameter-groups.ts'
import { modifyServerOperations } from './modify-servers.ts'
import { clusterSnapshotOperations } from './cluster-snapshots.ts'
import { deleteServerOperations } from './delete-servers.ts'
import { instanceSnapshotOperations } from './instance-snapshots.ts'
import { logOperations } from './logs.ts'
import { replicaClusterOperations } from './replica-cluster.ts'
import { restoreInstanceOperations } from './restore-instance.ts'
import { createInstanceOperations } from './create-instance.ts'
import { engineVersionOperations } from './engine-versions.ts'
import { maintenanceOperations } from './maintenance.ts'
import { parameterGroupOperations } from './parameter-groups.ts'
import { resumeRds } from './resume.ts'
import { serverOperations } from './servers.ts'
import { subnetGroupOperations } from './subnet-groups.ts'
import { tagOperations } from './tags.ts'

export interface RdsService extends Service {
  /** Resolves when the servers that the emulator runs can be reached again. */
  resume(): Promise<void>
}

/** RDS as far as a migration needs it: what there is to read, and copies of real servers. */
export function rdsService(emulator: Emulator): RdsService {
  return {
    name: 'rds',
    signingName: 'rds',
    query: { version: '2014-10-31', namespace: 'http://rds.amazonaws.com/doc/2014-10-31/' },
    operations: {
      ...serverOperations(emulator),
      ...cloneOperations(emulator),
      ...createInstanceOperations(emulator),
      ...restoreInstanceOperations(emulator),
      ...deleteServerOperations(emulator),
      ...instanceSnapshotOperations(emulator),
      ...clusterSnapshotOperations(emulator),
      ...logOperations(emulator),
      ...maintenanceOperations(emulator),
      ...replicaClusterOperations(emulator),
      ...modifyServerOperations(emulator),
      ...changeParameterGroupOperations(emulator),
      ...parameterGroupOperations(emulator),
      ...engineVersionOperations(emulator),
      ...subnetGroupOperations(emulator),
      ...tagOperations(emulator),
    },
    resume: () => resumeRds(emulator),
  }
}
