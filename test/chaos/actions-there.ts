import { existsSync, readFileSync } from 'node:fs'
import type { Direction } from './chaos-case.ts'

export const actionOf = { forward: 'cutover', back: 'fall-back' } as const

const metadata = (direction: Direction) =>
  new URL(`../../actions/${actionOf[direction]}/action.yml`, import.meta.url)

/** The directions for which there is an action. */
export function directions(): readonly [Direction, ...Direction[]] {
  return existsSync(metadata('back')) ? ['forward', 'back'] : ['forward']
}

/** Whether the action takes `abort-only`: it ends what a dead run left, and no more. */
export function knowsAbort(direction: Direction): boolean {
  return readFileSync(metadata(direction), 'utf8').includes('abort-only:')
}
