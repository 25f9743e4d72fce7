import { z } from 'zod'
import type { CallLog } from './call-log.ts'
import { knobsSchema } from './config.ts'
import type { Emulator } from './emulator.ts'
import { faultSchema } from './faults.ts'
import type { Answer } from './protocol/encode-answer.ts'

function json(status: number, document: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) }
}

const cleared = z.strictObject({ operation: z.string() })

/** The emulator's own switches, below `/_emulator/`; no AWS client knows them. */
export function control(
  emulator: Emulator,
  log: CallLog,
  method: string,
  path: string,
  body: string,
): Answer {
  const route = `${method} ${path}`
  try {
    switch (route) {
      case 'GET /_emulator/health':
        return json(200, { status: 'ok', pid: process.pid, knobs: emulator.knobs, quirks: emulator.quirks })
      case 'GET /_emulator/calls':
        return json(200, log.all())
      case 'POST /_emulator/faults':
        emulator.faults.add(faultSchema.parse(JSON.parse(body)))
        return json(200, {})
      case 'DELETE /_emulator/faults':
        emulator.faults.clear(body === '' ? undefined : cleared.parse(JSON.parse(body)).operation)
        return json(200, {})
      case 'POST /_emulator/knobs': {
        const changes = knobsSchema.parse(JSON.parse(body))
        Object.assign(emulator.store.state.knobs, changes)
        emulator.store.save()
        return json(200, emulator.knobs)
      }
      default:
        return json(404, { message: `no such switch: ${route}` })
    }
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    return json(400, { message })
  }
}
