import type { Direction } from './chaos-case.ts'

/** Where a case begins: replicating, before a cutover; or after one, with its way back proved. */
export type Stage = 'loaded' | 'opened'

export const stageOf: Readonly<Record<Direction, Stage>> = { forward: 'loaded', back: 'opened' }
