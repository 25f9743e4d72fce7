import type { Emulator } from '../emulator.ts'
import type { Service } from '../protocol/service.ts'
import { engineVersionOperations } from './engine-versions.ts'
import { parameterGroupOperations } from './parameter-groups.ts'
import { serverOperations } from './servers.ts'

/** RDS as far as a migration reads it: everything comes from the configuration, nothing changes. */
export function rdsService(emulator: Emulator): Service {
  return {
    name: 'rds',
    signingName: 'rds',
    query: { version: '2014-10-31', namespace: 'http://rds.amazonaws.com/doc/2014-10-31/' },
    operations: {
      ...serverOperations(emulator),
      ...parameterGroupOperations(emulator),
      ...engineVersionOperations(emulator),
    },
  }
}
