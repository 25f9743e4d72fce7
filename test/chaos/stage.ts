import type { Direction } from './chaos-case.ts'

/** Where a case begins: replicating, before a cutover. */
export type Stage = 'loaded'

export const stageOf: Readonly<Record<Direction, Stage>> = { forward: 'loaded', back: 'loaded' }
