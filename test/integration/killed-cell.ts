import type { KilledLab, Variant } from './killed-lab.ts'
import { kinds, pointsOf, type Kind, type Point, type Sent } from './killed-points.ts'

/** One action under one migration file, after others that prepared for it. */
export interface Cell {
  readonly variant: Variant
  readonly before: readonly string[]
  readonly action: string
  /** Kinds of points that tell something here, and how many of the first messages; all where it is left out. */
  readonly kinds?: Readonly<Partial<Record<Kind, number>>>
  /** How many points a sample takes; 0: the cell is no part of it. */
  readonly sample: number
}

/** How a cell ends undisturbed. */
export interface Undisturbed {
  readonly state: readonly string[]
  readonly sent: Sent
}

/** What differs between two states, a line each; nothing where they are the same. */
export function difference(wanted: readonly string[], found: readonly string[]): string[] {
  const count = (lines: readonly string[]) => {
    const counted = new Map<string, number>()
    for (const line of lines) counted.set(line, (counted.get(line) ?? 0) + 1)
    return counted
  }
  const [ours, theirs] = [count(wanted), count(found)]
  const only = (one: Map<string, number>, other: Map<string, number>, mark: string) =>
    [...one]
      .filter(([line, times]) => times > (other.get(line) ?? 0))
      .map(([line]) => `${mark} ${line.slice(0, 400)}`)
  return [...only(ours, theirs, '-'), ...only(theirs, ours, '+')]
}

/** Brings the lab to where the action of a cell is run. */
export async function reach(lab: KilledLab, cell: Cell): Promise<void> {
  await lab.begin(cell.variant)
  for (const action of cell.before) {
    await lab.run(action)
    await lab.settle()
  }
}

/** Runs the cell to its end, counting. */
export async function runUndisturbed(lab: KilledLab, cell: Cell): Promise<Undisturbed> {
  await reach(lab, cell)
  const { source, target, aws } = lab.proxies
  for (const proxy of [source, target, aws]) proxy.watch(() => true)
  await lab.run(cell.action)
  const all = { source: source.statements, target: target.statements, aws: aws.operations }
  const of = (kind: Kind) =>
    all[kinds[kind].proxy]
      .filter((text) => kinds[kind].counts(text))
      .slice(0, cell.kinds === undefined ? Infinity : (cell.kinds[kind] ?? 0))
  return {
    state: await lab.state(),
    sent: Object.fromEntries(Object.keys(kinds).map((kind) => [kind, of(kind as Kind)])) as unknown as Sent,
  }
}

/** Runs the action once more: what it changed, in AWS or in the state. Nothing, where all was done. */
export async function runAgain(lab: KilledLab, cell: Cell, state: readonly string[]): Promise<string[]> {
  lab.proxies.aws.watch(kinds.aws.counts)
  await lab.run(cell.action)
  return [
    ...lab.proxies.aws.operations.map((operation) => `called ${operation}`),
    ...difference(state, await lab.state()),
  ]
}

/** Killed at a point and run again: what differs from an undisturbed run. `thrice`: and what a third run changes. */
export async function runKilled(
  lab: KilledLab,
  cell: Cell,
  point: Point,
  undisturbed: Undisturbed,
  thrice: boolean,
): Promise<string[]> {
  await reach(lab, cell)
  const { proxy, counts } = kinds[point.kind]
  const { exitCode, log } = await lab.start(cell.action, (kill) =>
    lab.proxies[proxy].watch(counts, { at: point.at, half: point.half, kill }),
  )
  const { struck } = lab.proxies[proxy]
  lab.proxies[proxy].watch(() => false)
  // Polling may take a look less than it took before: then the run was over before its time.
  if (!struck && exitCode !== 0) return [`was not killed, but failed: ${log}`]
  await lab.run(cell.action)
  const state = await lab.state()
  const found = difference(undisturbed.state, state)
  return thrice && found.length === 0 ? runAgain(lab, cell, state) : found
}

/** Every point of the cell, or a sample of them: a paragraph for each that ended otherwise than undisturbed. */
export async function runPoints(
  lab: KilledLab,
  cell: Cell,
  undisturbed: Undisturbed,
): Promise<{ readonly points: number; readonly failures: string[] }> {
  const how = process.env['KILL'] === 'all' ? 'all' : { most: cell.sample, seed: 4711 }
  const points = pointsOf(undisturbed.sent, how)
  const failures: string[] = []
  for (const [index, point] of points.entries()) {
    const name = `${point.half} ${point.kind} ${point.at} of ${undisturbed.sent[point.kind].length}: ${(undisturbed.sent[point.kind][point.at - 1] ?? '').replaceAll(/\s+/gu, ' ').slice(0, 120)}`
    const found = await runKilled(lab, cell, point, undisturbed, index % 5 === 0).catch((error: unknown) => [
      String(error),
    ])
    if (found.length > 0) failures.push([name, ...found].join('\n'))
  }
  return { points: points.length, failures }
}
