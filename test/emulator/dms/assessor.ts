import type { Emulator } from '../emulator.ts'
import { ASSESSMENT_CHECKS, readAssessmentFacts } from '../replication/replication-job.ts'
import type { AssessmentFacts } from '../replication/replication-job.ts'
import { addressOf } from './database-address.ts'
import { findEndpoint } from './endpoints.ts'
import type { AssessmentRunRecord, TaskRecord } from './records.ts'

/** Where faults strike between two checks; the detail is the check's name. */
const point = 'assessment:check'

/** Makes premigration assessment runs: every check looks at the real databases. */
export class Assessor {
  readonly #emulator: Emulator

  constructor(emulator: Emulator) {
    this.#emulator = emulator
  }

  /** Begins a run that is `starting`; its task reads `testing` until the run is over. */
  begin(run: AssessmentRunRecord): void {
    this.#emulator.settle(() => void this.#run(run))
  }

  /** Runs that the end of the last process interrupted are made again from their beginning. */
  resumeAll(): void {
    for (const run of this.#emulator.store.state.assessmentRuns) {
      if (run.status === 'cancelling') this.#release(run)
      if (run.status !== 'provisioning' && run.status !== 'running' && run.status !== 'starting') continue
      for (const assessment of run.assessments) assessment.status = 'pending'
      run.status = 'starting'
      this.begin(run)
    }
  }

  /** What has not been looked at yet is `cancelled`; the check in hand may end. */
  cancel(run: AssessmentRunRecord): void {
    run.status = 'cancelling'
    for (const assessment of run.assessments) {
      if (assessment.status === 'pending' || assessment.status === 'running') assessment.status = 'cancelled'
    }
    this.#release(run)
  }

  async #run(run: AssessmentRunRecord): Promise<void> {
    const { store } = this.#emulator
    const task = this.#taskOf(run)
    if (run.status !== 'starting' || !task) return
    run.status = 'provisioning'
    store.save()
    try {
      const facts = await this.#readFacts(task)
      if (this.#isCancelled(run)) return
      run.status = 'running'
      for (const assessment of run.assessments) {
        assessment.status = 'running'
        assessment.startedAt = new Date().toISOString()
        store.save()
        await this.#emulator.faults.atPoint(point, assessment.name)
        if (this.#isCancelled(run)) return
        const check = ASSESSMENT_CHECKS.find(({ name }) => name === assessment.name)
        const result = check?.judge(facts) ?? { verdict: 'skipped' as const }
        assessment.status = result.verdict
        if (result.verdict === 'failed' && result.message) run.lastFailureMessage = result.message
      }
      const found = new Set(run.assessments.map(({ status }) => status))
      run.status = found.has('failed') ? 'failed' : found.has('warning') ? 'warning' : 'passed'
    } catch (error) {
      if (this.#isCancelled(run)) return
      run.status = 'error-executing'
      run.lastFailureMessage = error instanceof Error ? error.message : String(error)
      for (const assessment of run.assessments) {
        if (assessment.status === 'pending' || assessment.status === 'running') assessment.status = 'error'
      }
    }
    this.#release(run)
  }

  async #readFacts(task: TaskRecord): Promise<AssessmentFacts> {
    return readAssessmentFacts({
      migrationType: task.migrationType,
      source: addressOf(this.#emulator, findEndpoint(this.#emulator, task.sourceEndpointArn)),
      target: addressOf(this.#emulator, findEndpoint(this.#emulator, task.targetEndpointArn)),
      tableMappings: JSON.parse(task.tableMappings) as unknown,
      taskSettings: task.settings,
    })
  }

  #taskOf(run: AssessmentRunRecord): TaskRecord | undefined {
    return this.#emulator.store.state.tasks.find(({ arn }) => arn === run.taskArn)
  }

  #isCancelled(run: AssessmentRunRecord): boolean {
    return run.status === 'cancelling'
  }

  /** The task goes back to where it was. */
  #release(run: AssessmentRunRecord): void {
    const task = this.#taskOf(run)
    if (task?.status === 'testing') {
      task.status = task.settlesTo ?? 'ready'
      delete task.settlesTo
    }
    this.#emulator.store.save()
  }
}
