/** One message of PostgreSQL's protocol as it was sent: type letter, length, body. Startup packets have no letter. */
export interface Frame {
  readonly letter: string
  /** The whole message, to be forwarded as it is. */
  readonly bytes: Buffer
  readonly body: Buffer
}

/**
 * Cuts a stream into messages (PostgreSQL documentation, "Message Formats"): a letter, then the length with itself, then the
 * body. `startup`: the first messages of a frontend carry no letter until one is a startup packet; theirs is ''.
 */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  #startup: boolean

  constructor(startup: boolean) {
    this.#startup = startup
  }

  /** The messages that are complete with this chunk; what is not waits for the next. */
  take(chunk: Buffer): Frame[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      const lettered = this.#startup ? 0 : 1
      if (this.#rest.length < lettered + 4) return frames
      const length = lettered + this.#rest.readUInt32BE(lettered)
      if (this.#rest.length < length) return frames
      const bytes = this.#rest.subarray(0, length)
      this.#rest = this.#rest.subarray(length)
      const body = bytes.subarray(lettered + 4)
      frames.push({ letter: lettered === 0 ? '' : String.fromCharCode(bytes[0] ?? 0), bytes, body })
      if (this.#startup && !asksForEncryption(body)) this.#startup = false
    }
  }
}

/** SSLRequest or GSSENCRequest: sent before the startup packet, answered with one letter. */
export function asksForEncryption(body: Buffer): boolean {
  return body.length >= 4 && [80_877_103, 80_877_104].includes(body.readUInt32BE(0))
}

/** Texts that end with a zero byte, from the start of a body. */
export function zeroEnded(body: Buffer, count: number): string[] {
  return body.toString('utf8').split('\0', count)
}
