import { mayWrite } from '../integration/writing-statement.ts'
import { changesAws } from '../integration/call-proxy.ts'
import { openCallPath, type CallPath } from './call-path.ts'
import { Gate } from './gate.ts'
import { ownsConnection, type ConnectionEnds } from './owned-connection.ts'
import { openStatementPath, type StatementPath } from './statement-path.ts'

export type Place = 'source' | 'target' | 'aws'

/** One message that may change something, as the runner sent it. */
export interface SentMessage {
  readonly place: Place
  /** The statement or the operation, on one line, numbers left out: the same in every run. */
  readonly text: string
}

/** The place of a strike: before the message reaches the server, or when its answer is there, which then is held. */
export interface StrikePoint extends SentMessage {
  /** How many of the same text have been sent to this place by then, with it; from 1. */
  readonly occurrence: number
  readonly half: 'before' | 'after'
}

/** What becomes of the message that is struck at: lost with its connection, late, or (with all others of the runner) held. */
export type Blow = 'kill' | 'stop' | 'cut'

/** The ways of runners to the two databases and to AWS, with one place at which to strike. */
export interface RunnerNetwork {
  readonly ports: { readonly source: number; readonly target: number }
  readonly awsUrl: string
  forwardAwsTo(url: string): void
  /** Counts messages of all runners from zero. */
  record(): void
  /** What was sent since. */
  readonly sent: readonly SentMessage[]
  /** Calls `deal` once, when the message of the point is there. */
  strikeAt(point: StrikePoint, blow: Blow, deal: () => void): void
  /** Holds everything of this process and everyone it connects to, both ways, without closing anything. */
  cut(pid: number): void
  /** Delivers what was held. */
  heal(): void
  /** Every connection to that database is lost to both ends. */
  reset(place: Exclude<Place, 'aws'>): void
  close(): Promise<void>
}

/** What passes through a path asks it at both halves of a message. */
export interface Checkpoint {
  /** Resolves when the message, or its answer, may go on; false: never. */
  pass(place: Place, text: string, half: 'before' | 'after', occurrence: number): Promise<boolean>
  /** The number of this message among those of its text; undefined where it changes nothing. */
  count(place: Place, text: string): number | undefined
  /** The gate for a connection, as the process sees its ends. */
  gateOf(ends: ConnectionEnds): Promise<Gate>
}

/** Opens the three paths; addresses of the databases are ports of this machine. */
export async function openRunnerNetwork(to: {
  readonly source: number
  readonly target: number
}): Promise<RunnerNetwork> {
  const network = new Network()
  await network.open(to)
  return network
}

/** A transaction's begin by itself, and its undoing: the messages beside it are struck at. */
const alone = /^\s*(?:begin(?: read write)?|rollback)\s*$/iu

class Network implements RunnerNetwork, Checkpoint {
  #paths: { source: StatementPath; target: StatementPath; aws: CallPath } | undefined
  readonly #open = new Gate()
  #cut: { readonly pid: number; readonly gate: Gate } | undefined
  #strike: { point: StrikePoint; blow: Blow; deal: () => void } | undefined
  /** Holds the one message that a stopped process has, as it were, not sent yet. */
  #late = new Gate()
  #counts = new Map<string, number>()
  sent: SentMessage[] = []

  async open(to: { source: number; target: number }): Promise<void> {
    const [source, target, aws] = await Promise.all([
      openStatementPath('source', to.source, this),
      openStatementPath('target', to.target, this),
      openCallPath(this),
    ])
    this.#paths = { source, target, aws }
  }

  get ports(): { source: number; target: number } {
    const { source, target } = this.#there
    return { source: source.port, target: target.port }
  }

  get awsUrl(): string {
    return this.#there.aws.url
  }

  forwardAwsTo(url: string): void {
    this.#there.aws.forwardTo(url)
  }

  record(): void {
    this.#strike = undefined
    this.#counts = new Map()
    this.sent = []
  }

  strikeAt(point: StrikePoint, blow: Blow, deal: () => void): void {
    this.record()
    this.#strike = { point, blow, deal }
  }

  cut(pid: number): void {
    const gate = this.#cut?.gate ?? new Gate()
    gate.hold()
    this.#cut = { pid, gate }
    this.#there.source.regard()
    this.#there.target.regard()
  }

  heal(): void {
    this.#late.open()
    this.#cut?.gate.open()
    this.#cut = undefined
  }

  reset(place: Exclude<Place, 'aws'>): void {
    this.#there[place].reset()
  }

  async close(): Promise<void> {
    this.heal()
    const { source, target, aws } = this.#there
    await Promise.all([source.close(), target.close(), aws.close()])
  }

  count(place: Place, text: string): number | undefined {
    const changes = place === 'aws' ? changesAws(text) : mayWrite(text) && !alone.test(text)
    if (!changes) return undefined
    const key = `${place} ${normal(text)}`
    const occurrence = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, occurrence)
    this.sent.push({ place, text: normal(text) })
    return occurrence
  }

  async pass(place: Place, text: string, half: 'before' | 'after', occurrence: number): Promise<boolean> {
    const strike = this.#strike
    if (
      strike === undefined ||
      strike.point.half !== half ||
      strike.point.place !== place ||
      strike.point.occurrence !== occurrence ||
      strike.point.text !== normal(text)
    )
      return true
    this.#strike = undefined
    if (strike.blow === 'stop' && half === 'before') this.#late.hold()
    strike.deal()
    if (strike.blow === 'kill') return false
    await this.#late.passed()
    await this.#cut?.gate.passed()
    return true
  }

  async gateOf(ends: ConnectionEnds): Promise<Gate> {
    const cut = this.#cut
    return cut !== undefined && (await ownsConnection(cut.pid, ends)) ? cut.gate : this.#open
  }

  get #there(): { source: StatementPath; target: StatementPath; aws: CallPath } {
    if (this.#paths === undefined) throw new Error('the network is not open')
    return this.#paths
  }
}

/** A statement on one line, without what differs from run to run. Pure. */
export function normal(text: string): string {
  return text
    .replaceAll(/--[^\n]*/gu, ' ')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/giu, '#')
    .replaceAll(/\d+/gu, '#')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}
