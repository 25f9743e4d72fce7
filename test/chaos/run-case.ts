import { setTimeout as delay } from 'node:timers/promises'
import { ledgerNow } from '../workload/ledger.ts'
import { caseName, type BlowKind, type CaseResult, type ChaosCase } from './chaos-case.ts'
import { freezeBudgetMs, type ChaosLab } from './chaos-lab.ts'
import { contradictions, falseClaims, phaseNames, sidesOf, stateOf } from './claims.ts'
import { judgeWrites } from './judge-writes.ts'
import type { LiveWriters } from './live-writers.ts'
import { readPhases, readTruth, type Truth } from './truth.ts'
import { endOf, type ActionRun, type RunEnd } from './action-runs.ts'

/** How long a process stands still or is cut off: longer than the server waits for an idle transaction (2 s). */
const lastsMs: Readonly<Record<BlowKind, number>> = {
  kill: 0,
  stop: 3000,
  cut: 3000,
  'long-stop': 10_000,
  'long-cut': 10_000,
}
/** Past the commit point no server waits for the process: shorter ones show the same. */
const afterCommitMs = 1000
/** When the aftermath begins beside a long one: the holder of the turn counts as lost after 5 s. */
const besideMs = 6000
/** A run that has not ended so long after the network is whole again hangs. */
const patienceMs = 60_000

/** Runs one case and judges it. Throws where the lab itself is broken. */
export async function runCase(
  lab: ChaosLab,
  chaosCase: ChaosCase,
): Promise<Omit<CaseResult, 'code'> | undefined> {
  const began = performance.now()
  await lab.begin(chaosCase.stage)
  const writers = lab.write(chaosCase.direction)
  let first: ActionRun | undefined
  try {
    const scene = new Scene(lab, chaosCase, writers)
    await scene.writersWrite()
    first = await scene.strike()
    const result = await scene.goOn(first)
    return result === undefined ? undefined : { ...result, ms: Math.round(performance.now() - began) }
  } finally {
    first?.signal('SIGKILL')
    lab.network.heal()
    await writers.stop()
  }
}

class Scene {
  readonly #lab: ChaosLab
  readonly #case: ChaosCase
  readonly #writers: LiveWriters
  readonly #faults: string[] = []
  readonly #struck = Promise.withResolvers<number>()

  constructor(lab: ChaosLab, chaosCase: ChaosCase, writers: LiveWriters) {
    this.#lab = lab
    this.#case = chaosCase
    this.#writers = writers
  }

  async writersWrite(): Promise<void> {
    const written = await this.#writers.until(this.#server('from'), 0, 10_000)
    if (written === undefined) throw new Error('the writers do not write')
  }

  /** Starts the run and has it struck at the point. */
  async strike(): Promise<ActionRun> {
    const { direction, point, blow } = this.#case
    const base = blow === 'kill' ? 'kill' : blow.endsWith('stop') ? 'stop' : 'cut'
    const { network } = this.#lab
    return this.#lab.start(direction, {
      beforehand: ({ pid, signal }) =>
        network.strikeAt(point, base, () => {
          if (base === 'kill') signal('SIGKILL')
          if (base === 'stop') signal('SIGSTOP')
          if (base === 'cut') network.cut(pid)
          this.#struck.resolve(ledgerNow())
        }),
    })
  }

  /** From the blow to the verdict; undefined where the run ended without coming to the point. */
  async goOn(first: ActionRun): Promise<Omit<CaseResult, 'ms' | 'code'> | undefined> {
    const { direction, blow, aftermath } = this.#case
    const at = await Promise.race([this.#struck.promise, first.ended.then(() => undefined)])
    if (at === undefined) return undefined
    const before = await readPhases(this.#lab.servers)
    const { committed } = stateOf(before, direction)

    const isLong = blow.startsWith('long')
    const lasts = delay(committed && !isLong ? Math.min(lastsMs[blow], afterCommitMs) : lastsMs[blow])
    const back = committed ? undefined : await this.#back(at)
    let last: RunEnd | undefined
    if (isLong) {
      await delay(Math.max(0, at + besideMs - ledgerNow()))
      last = await this.#aftermath(2)
    }
    await lasts
    if (blow.endsWith('stop')) first.signal('SIGCONT')
    this.#lab.network.heal()
    const end = await this.#end(first, 'the first run')
    if (end.exitCode === 0) this.#demandOpen(await readTruth(this.#lab.servers), 'the first run ended well')
    last = (await this.#aftermath(isLong ? 4 : 2)) ?? last ?? end

    const truth = await readTruth(this.#lab.servers)
    const state = stateOf(truth, direction)
    this.#faults.push(...contradictions(truth, direction), ...falseClaims(last, truth, direction))
    if (aftermath === 're-run') {
      this.#demandOpen(truth, 'after the re-run')
      if ((await this.#writers.until(this.#server('to'), ledgerNow(), 5000)) === undefined)
        this.#faults.push('writers that follow the secret do not write on the other side after the re-run')
    }
    if (aftermath === 'abort' && truth[sidesOf[direction].from].phase === 'paused')
      this.#faults.push('the abort job left the row paused')
    await this.#writers.stop()
    const { faults, ...counts } = await judgeWrites(this.#lab, this.#writers, direction, state.opened)
    this.#faults.push(...faults)
    return {
      ...counts,
      case: caseName(this.#case),
      direction,
      blow,
      aftermath,
      struckIn: phaseNames(before, direction),
      endedIn: phaseNames(truth, direction),
      ...(back === undefined ? {} : { backMs: Math.round(back) }),
      faults: this.#faults,
    }
  }

  /**
   * Before the commit point the writers must be let in again by PostgreSQL alone. A COMMIT that was on its way when the blow fell
   * may still have passed it.
   */
  async #back(at: number): Promise<number | undefined> {
    const back = await this.#writers.until(this.#server('from'), at, freezeBudgetMs)
    if (back === undefined && !stateOf(await readPhases(this.#lab.servers), this.#case.direction).committed)
      this.#faults.push(`nobody could write for ${freezeBudgetMs} ms after the blow`)
    return back
  }

  /** Gives how its last run ended; undefined where nothing is done. A refusal because of a run beside it is tried again once. */
  async #aftermath(attempt: number): Promise<RunEnd | undefined> {
    const { aftermath, direction } = this.#case
    if (aftermath === 'nothing') return undefined
    const inputs = aftermath === 'abort' ? { inputs: { 'abort-only': 'true' } } : {}
    const again = async (number: number) =>
      this.#end(await this.#lab.start(direction, { attempt: number, ...inputs }), `the ${aftermath}`)
    const end = await again(attempt)
    return end.exitCode === 0 ? end : again(attempt + 1)
  }

  async #end(run: ActionRun, which: string): Promise<RunEnd> {
    const { end, hung } = await endOf(run, patienceMs)
    if (hung) this.#faults.push(`${which} did not end within ${patienceMs} ms`)
    return end
  }

  #demandOpen(truth: Truth, when: string): void {
    const { committed, opened } = stateOf(truth, this.#case.direction)
    if (!committed || !opened)
      this.#faults.push(`${when} the ${sidesOf[this.#case.direction].to} is not open`)
  }

  #server(which: 'from' | 'to'): string {
    const side = sidesOf[this.#case.direction][which]
    return `${side}:${this.#lab.servers[side].port}`
  }
}
