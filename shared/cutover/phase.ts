/** The phases of a cutover, in order (design section 5). */
export type Phase = 'check' | 'pause' | 'drain' | 'fence' | 'end-sessions' | 'open' | 'switch' | 'watch'

/** Phases in which an abort is a ROLLBACK. After the fence's COMMIT there is only forward, and `abort` does not compile. */
export type BeforeCommit = Extract<Phase, 'check' | 'pause' | 'drain' | 'fence'>

export interface PhaseTime {
  readonly name: Phase
  /** ISO 8601, by the runner's clock. */
  readonly startedAt: string
  readonly ms: number
}

/** The deciding row of one side. */
export interface Decision {
  readonly side: 'source' | 'target'
  readonly generation: bigint
  readonly runId: string
  readonly attempt: number
  readonly phase: 'paused' | 'committed' | 'aborted' | 'guarded' | 'opened'
  readonly planDigest: string
  readonly evidenceId: string | null
  readonly detail: Readonly<Record<string, unknown>>
  /** False where the row was written by another server: a clone carries its source's journal. */
  readonly ours: boolean
}

/** What a run does with what it finds. */
export type Start =
  | { readonly kind: 'fresh'; readonly seenGeneration: bigint; readonly deadRun: Decision | undefined }
  /** Committed, target not open: only forward. */
  | { readonly kind: 'open'; readonly decision: Decision }
  /** Open: switch (again) and watch. */
  | { readonly kind: 'switch'; readonly decision: Decision }
  | { readonly kind: 'refuse'; readonly message: string; readonly remedy: string }

/**
 * What the two deciding rows allow. Pure. Where they differ the source wins; what cannot be is refused with what to
 * do, never guessed.
 */
export function decideStart(
  source: Decision | undefined,
  target: Decision | undefined,
  planDigest: string,
): Start {
  if (target === undefined || !target.ours) {
    return {
      kind: 'refuse',
      message:
        target === undefined
          ? 'the target has no guard row: it was not prepared'
          : 'the guard row on the target was written by another server (a clone or a restored copy)',
      remedy: 'Run create-task (prepare: auto) or prepare-target on this target first.',
    }
  }
  // A copy of one database may stand where the other is expected, with the same system identifier.
  if (target.side !== 'target' || (source !== undefined && source.side !== 'source')) {
    return {
      kind: 'refuse',
      message: `the deciding rows are not where they belong: the source's says ${source?.side ?? 'nothing'}, the target's says ${target.side}`,
      remedy:
        'Check which servers source and target are (a copy of the source as target carries its journal).',
    }
  }
  if (source === undefined || !source.ours) {
    if (target.phase === 'guarded')
      return { kind: 'fresh', seenGeneration: source?.generation ?? 0n, deadRun: undefined }
    return {
      kind: 'refuse',
      message: 'the target is open, but this source has no record of a cutover',
      remedy: 'Check which server is the source. Nothing was touched.',
    }
  }
  switch (source.phase) {
    case 'paused':
    case 'aborted':
      if (target.phase !== 'guarded') return disagreement(source, target)
      return {
        kind: 'fresh',
        seenGeneration: source.generation,
        deadRun: source.phase === 'paused' ? source : undefined,
      }
    case 'committed':
      if (source.planDigest !== planDigest) {
        return {
          kind: 'refuse',
          message: `the cutover that passed its commit point belongs to plan ${source.planDigest.slice(0, 12)}, not to ${planDigest.slice(0, 12)}`,
          remedy: `Run cutover again with plan-digest ${source.planDigest}: it only has to be finished.`,
        }
      }
      if (target.phase === 'opened' && target.generation !== source.generation)
        return disagreement(source, target)
      return target.phase === 'opened'
        ? { kind: 'switch', decision: source }
        : { kind: 'open', decision: source }
    case 'guarded':
    case 'opened':
      return disagreement(source, target)
  }
}

function disagreement(source: Decision, target: Decision): Start {
  return {
    kind: 'refuse',
    message: `source and target disagree: the source says ${source.phase} in generation ${source.generation}, the target ${target.phase} in ${target.generation}`,
    remedy: 'Nothing was touched. Leave both closed and look at aurora_migration.journal on both sides.',
  }
}
