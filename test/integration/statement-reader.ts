import { zeroEnded, type Frame } from './message-frames.ts'

/** Knows which statement stands behind each portal of one connection. */
export class StatementReader {
  readonly #parsed = new Map<string, string>()
  readonly #bound = new Map<string, string>()

  /** The statement that the message runs; undefined for all that run none. */
  take({ letter, body }: Frame): string | undefined {
    const [first = '', second = ''] = zeroEnded(body, 2)
    if (letter === 'Q') return first
    if (letter === 'P') this.#parsed.set(first, second)
    if (letter === 'B') this.#bound.set(first, this.#parsed.get(second) ?? '')
    return letter === 'E' ? (this.#bound.get(first) ?? '') : undefined
  }
}
