import { StringDecoder } from 'node:string_decoder'

/**
 * Cuts a stream of bytes into lines at LF, CRLF and CR. Node's readline also cuts at U+2028 and U+2029, which the
 * runner does not: with it, foreign text could start a line, and with the line a workflow command.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** Takes the next bytes and reports each line that they complete. */
  write(chunk: Buffer): void {
    this.#rest += this.#decoder.write(chunk)
    // A CR at the end may be the first half of a CRLF: it waits for what follows.
    const complete = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest
    const held = this.#rest.slice(complete.length)
    const lines = complete.split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + held
    for (const line of lines) this.#onLine(line)
  }

  /** Reports what is left when the stream has ended. */
  end(): void {
    const rest = (this.#rest + this.#decoder.end()).replace(/\r$/, '')
    const ended = this.#rest.endsWith('\r')
    this.#rest = ''
    if (rest !== '' || ended) this.#onLine(rest)
  }
}
