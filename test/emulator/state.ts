import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { EmulatorKnobs } from './config.ts'
import type { AlarmRecord } from './cloudwatch/alarm-record.ts'
import type { DmsState } from './dms/records.ts'
import type { Checkpoint, ReplicationStats, TableStatisticsRecord } from './replication/job-contract.ts'
import type { RdsState } from './rds/records.ts'
import type { ShareRecord } from './ram/shares.ts'
import type { ZoneRecord } from './route53/zone-record.ts'
import type { SecretRecord } from './secrets-manager/secret-record.ts'
import type { ParameterRecord } from './ssm/parameter-record.ts'

export interface SessionRecord {
  accessKeyId: string
  roleArn: string
  sessionName: string
  allow?: string[]
}

/** Everything that survives a restart, save checkpoints (a file each) and the logs. */
export interface EmulatorState extends DmsState {
  secrets: SecretRecord[]
  parameters: ParameterRecord[]
  hostedZones: ZoneRecord[]
  alarms: AlarmRecord[]
  /** ARNs of SNS topics. */
  topics: string[]
  rds: RdsState
  shares: ShareRecord[]
  /** Of all accounts, kept by the main one. */
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
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The state folder: `state.json`, `progress/<external id>.json` and `task-logs/<external id>.log`. */
export class StateStore {
  readonly state: EmulatorState
  readonly #file: string
  readonly #progressFolder: string
  readonly #logFolder: string
  /** What the files hold; describe calls ask often. */
  readonly #progress = new Map<string, TaskProgress>()

  /** `seed` makes the state of a folder that is used for the first time. */
  constructor(folder: string, seed: () => EmulatorState) {
    this.#file = join(folder, 'state.json')
    this.#progressFolder = join(folder, 'progress')
    this.#logFolder = join(folder, 'task-logs')
    for (const needed of [this.#progressFolder, this.#logFolder]) mkdirSync(needed, { recursive: true })
    const known = existsSync(this.#file)
    this.state = known ? (JSON.parse(readFileSync(this.#file, 'utf8')) as EmulatorState) : seed()
    if (!known) this.save()
  }

  save(): void {
    writeWhole(this.#file, JSON.stringify(this.state))
  }

  progress(externalId: string): TaskProgress {
    const known = this.#progress.get(externalId)
    if (known) return known
    const file = this.#progressFile(externalId)
    const progress = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TaskProgress) : {}
    this.#progress.set(externalId, progress)
    return progress
  }

  saveProgress(externalId: string, progress: TaskProgress): void {
    writeWhole(this.#progressFile(externalId), JSON.stringify(progress))
    // Read again when asked for: the row mover goes on counting in the records that it handed over.
    this.#progress.delete(externalId)
  }

  forgetProgress(externalId: string): void {
    rmSync(this.#progressFile(externalId), { force: true })
    this.#progress.delete(externalId)
  }

  /** One line of what DMS would write to the task's log. */
  log(externalId: string, line: string): void {
    appendFileSync(join(this.#logFolder, `${externalId}.log`), `${new Date().toISOString()} ${line}\n`)
  }

  #progressFile(externalId: string): string {
    return join(this.#progressFolder, `${externalId}.json`)
  }
}
