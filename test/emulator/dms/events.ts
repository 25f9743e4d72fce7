import { z } from 'zod'
import type { Emulator } from '../emulator.ts'
import { page } from '../protocol/paging.ts'
import { flexibleTime } from '../protocol/query-values.ts'
import { operation } from '../protocol/service.ts'
import type { Operation } from '../protocol/service.ts'
import { describeInput } from './filters.ts'
import type { EventRecord } from './records.ts'

const keptEvents = 1000

/** Notes an event of the DMS-EVENT list; the caller saves the state. */
export function noteEvent(
  emulator: Emulator,
  sourceType: EventRecord['sourceType'],
  sourceIdentifier: string,
  category: string,
  message: string,
): void {
  const { events } = emulator.store.state
  events.push({ sourceType, sourceIdentifier, categories: [category], message, at: new Date().toISOString() })
  if (events.length > keptEvents) events.splice(0, events.length - keptEvents)
}

/** DescribeEvents: of the last hour unless told otherwise, as AWS has it. */
export function eventOperations(emulator: Emulator): Record<string, Operation> {
  return {
    DescribeEvents: operation(
      z.strictObject({
        ...describeInput,
        SourceIdentifier: z.string().optional(),
        SourceType: z.string().optional(),
        StartTime: flexibleTime.optional(),
        EndTime: flexibleTime.optional(),
        Duration: z.number().optional(),
        EventCategories: z.array(z.string()).optional(),
      }),
      'reads',
      (input) => {
        const to = input.EndTime?.getTime() ?? Date.now()
        const from = input.StartTime?.getTime() ?? to - (input.Duration ?? 60) * 60_000
        const events = emulator.store.state.events.filter((event) => {
          const at = Date.parse(event.at)
          return (
            at >= from &&
            at <= to &&
            (input.SourceIdentifier === undefined || input.SourceIdentifier === event.sourceIdentifier) &&
            (input.SourceType === undefined || input.SourceType === event.sourceType) &&
            (input.EventCategories ?? event.categories).some((category) =>
              event.categories.includes(category),
            )
          )
        })
        const { entries, ...marker } = page(events, input, { min: 20, max: 100 })
        return {
          Events: entries.map((event) => ({
            SourceIdentifier: event.sourceIdentifier,
            SourceType: event.sourceType,
            Message: event.message,
            EventCategories: event.categories,
            Date: new Date(event.at),
          })),
          ...marker,
        }
      },
    ),
  }
}
