import type { ObjectCount } from './compare-objects.ts'
import type { Finishing } from './finish.ts'

/** Names that a line shows of each kind. */
const shown = 5

/** What the finishing did and found, one line each. Pure. */
export function finishingLines({ state, changes, resumed, objects }: Finishing): string[] {
  const planned = state === 'planned'
  return [
    ...changes.map(({ title }) => (planned ? `would ${title}` : title)),
    ...resumed.map(
      (task) => `${planned ? 'would start' : 'started'} the task ${task} again (resume-processing)`,
    ),
    ...objectLines(objects),
  ]
}

/** One line for each kind of which the sides differ. */
export function objectLines(objects: readonly ObjectCount[]): string[] {
  return objects
    .filter(({ onlySource, onlyTarget }) => onlySource.length + onlyTarget.length > 0)
    .map(({ kind, source, target, onlySource, onlyTarget }) => {
      const sides = [
        ...(onlySource.length === 0 ? [] : [`only on the source: ${named(onlySource)}`]),
        ...(onlyTarget.length === 0 ? [] : [`only on the target: ${named(onlyTarget)}`]),
      ]
      return `${kind}: ${source} on the source, ${target} on the target; ${sides.join('; ')}`
    })
}

function named(names: readonly string[]): string {
  const rest = names.length - shown
  return `${names.slice(0, shown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
