import { carrierEndpointIdentifier, writerEndpointIdentifier } from '../../dms/task-identifier.ts'
import { carriers } from '../../migration/carriers.ts'
import { opposite, sidesOf, type Direction } from '../../migration/direction.ts'
import type { Plan } from '../../migration/plan.ts'

/**
 * What a cutover of this generation would make for its way back, a line each, in order: for a dry run. One line where the
 * plan wants none. Pure.
 */
export function describeWayBack(plan: Plan, direction: Direction, generation: bigint): string[] {
  const { from, to } = sidesOf(direction)
  if (!plan.cutover.fallBack)
    return [`stop the tasks for good, drop their slots on the ${from}; nothing leads back`]
  const back = carriers(plan, opposite(direction), generation)
  const slots = back.map(({ slot }) => slot).join(', ')
  const tasks = back.map(({ identifier }) => identifier)
  const endpoints = [
    writerEndpointIdentifier(plan.migration, opposite(direction)),
    ...tasks.map(carrierEndpointIdentifier),
  ]
  return [
    `in the check: create the replication slots ${slots} on the ${to}, the endpoints ${endpoints.join(', ')}, and test their connections`,
    `in the freeze: move those slots to the cut`,
    `after the switch: stop the tasks that carried rows until then, drop their slots on the ${from}`,
    `then: create ${tasks.join(', ')} (changes alone, from those slots), start them, and wait for a marker from the ${to} on the ${from}`,
  ]
}
