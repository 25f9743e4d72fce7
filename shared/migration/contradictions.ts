import { isMapping, valueAt } from './value-at.ts'

/**
 * Given to a refinement, has it run also where single values are wrong, so that all problems come at once. The refinement
 * must then take nothing of its value for granted but that it is a mapping: `given` reads it.
 */
export const evenIfWrong = { when: ({ value }: { readonly value: unknown }): boolean => isMapping(value) }

/** What stands at a path like `source.rds-cluster`; undefined where nothing does, or an empty value. Pure. */
export function given(file: unknown, path: string): unknown {
  return valueAt(file, path.split('.')) ?? undefined
}

/** How many of these keys a mapping has. Pure. */
export function countGiven(file: unknown, paths: readonly string[]): number {
  return paths.filter((path) => given(file, path) !== undefined).length
}
