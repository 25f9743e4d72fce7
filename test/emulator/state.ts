import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EmulatorKnobs } from './config.ts'
import type { AlarmRecord } from './cloudwatch/alarm-record.ts'
import type {
  ConnectionRecord,
  EndpointRecord,
  EventRecord,
  ReplicationInstanceRecord,
  TaskRecord,
} from './dms/records.ts'
import type { Checkpoint, ReplicationStats, TableStatisticsRecord } from './replication/job-contract.ts'
import type { SecretRecord } from './secrets-manager/secret-record.ts'

export interface SessionRecord {
  accessKeyId: string
  roleArn: string
  sessionName: string
  allow?: string[]
}

/** Everything that survives a restart, save checkpoints (a file each) and the logs. */
export interface EmulatorState {
  replicationInstances: ReplicationInstanceRecord[]
  endpoints: EndpointRecord[]
  connections: ConnectionRecord[]
  tasks: TaskRecord[]
  events: EventRecord[]
  secrets: SecretRecord[]
  alarms: AlarmRecord[]
  sessions: SessionRecord[]
  /** By ARN. */
  tags: Record<string, Record<string, string>>
  knobs: Partial<EmulatorKnobs>
}

/** What is kept of a task's progress; statistics and stats are those of its end, or of the last checkpoint. */
export interface TaskProgress {
  checkpoint?: Checkpoint
  statistics?: TableStatisticsRecord[]
  stats?: ReplicationStats
}

/** A reader sees the old document or the new one, never half of one, even when the process is killed. */
function writeWhole(file: string, document: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(document))
  renameSync(`${file}.new`, file)
}

/** The state folder: `state.json` and `progress/<external id>.json`. */
export class StateStore {
  readonly state: EmulatorState
  readonly #file: string
  readonly #progressFolder: string

  /** `seed` makes the state of a folder that is used for the first time. */
  constructor(folder: string, seed: () => EmulatorState) {
    this.#file = join(folder, 'state.json')
    this.#progressFolder = join(folder, 'progress')
    mkdirSync(this.#progressFolder, { recursive: true })
    const known = existsSync(this.#file)
    this.state = known ? (JSON.parse(readFileSync(this.#file, 'utf8')) as EmulatorState) : seed()
    if (!known) this.save()
  }

  save(): void {
    writeWhole(this.#file, this.state)
  }

  progress(externalId: string): TaskProgress {
    const file = join(this.#progressFolder, `${externalId}.json`)
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TaskProgress) : {}
  }

  saveProgress(externalId: string, progress: TaskProgress): void {
    writeWhole(join(this.#progressFolder, `${externalId}.json`), progress)
  }

  forgetProgress(externalId: string): void {
    rmSync(join(this.#progressFolder, `${externalId}.json`), { force: true })
  }
}
