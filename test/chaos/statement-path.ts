import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { asksForEncryption, FrameReader } from '../integration/message-frames.ts'
import { StatementReader } from '../integration/statement-reader.ts'
import type { Gate } from './gate.ts'
import { seenFromThere } from './owned-connection.ts'
import type { Checkpoint, Place } from './runner-network.ts'

/** The way of runners to one PostgreSQL server. */
export interface StatementPath {
  readonly port: number
  /** Looks anew which connections are to be held. */
  regard(): void
  /** Every connection is lost. */
  reset(): void
  close(): Promise<void>
}

/** Forwards 127.0.0.1:<free port> to a port of the same machine, message by message; encryption is refused. */
export async function openStatementPath(
  place: Exclude<Place, 'aws'>,
  to: number,
  checkpoint: Checkpoint,
): Promise<StatementPath> {
  const connections = new Set<Connection>()
  const server = createServer((near) => {
    const connection = new Connection(near, to, place, checkpoint)
    connections.add(connection)
    void connection.ended.then(() => connections.delete(connection))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    regard: () => {
      for (const connection of connections) connection.regard()
    },
    reset: () => {
      for (const connection of connections) connection.destroy()
    },
    close: async () => {
      for (const connection of connections) connection.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Bytes of one direction go on in order, each when all before it have and the gate is open; so does the end. */
class Connection {
  readonly ended: Promise<void>
  readonly #near: Socket
  readonly #checkpoint: Checkpoint
  #far: Socket | undefined
  #gate: Promise<Gate>
  /** What the last statement of this connection was, as long as its answer is awaited. */
  #awaited: { readonly text: string; readonly occurrence: number } | undefined

  constructor(near: Socket, to: number, place: Exclude<Place, 'aws'>, checkpoint: Checkpoint) {
    this.#near = near
    this.#checkpoint = checkpoint
    this.#gate = checkpoint.gateOf(seenFromThere(near))
    const ended = Promise.withResolvers<void>()
    this.ended = ended.promise
    near.setNoDelay(true)
    // The end of one is told to the other.
    near.on('error', () => undefined)
    const statements = new StatementReader()
    const fromNear = new FrameReader(true)
    const fromFar = new FrameReader(false)
    let up = this.#passed().then(() => {
      const far = connect(to, '127.0.0.1')
      this.#far = far
      far.setNoDelay(true)
      far.on('error', () => undefined)
      let down: Promise<void> = Promise.resolve()
      far.on('data', (chunk: Buffer) => {
        down = down.then(async () => {
          const answered = fromFar.take(chunk).some(({ letter }) => letter === 'Z')
          const awaited = this.#awaited
          if (answered) this.#awaited = undefined
          if (answered && awaited !== undefined) {
            const goesOn = await checkpoint.pass(place, awaited.text, 'after', awaited.occurrence)
            if (!goesOn) return
          }
          await this.#passed()
          near.write(chunk)
        })
      })
      far.on('close', () => {
        void down.then(async () => {
          await this.#passed()
          near.destroy()
          ended.resolve()
        })
      })
    })
    near.on('data', (chunk: Buffer) => {
      up = up.then(async () => {
        for (const frame of fromNear.take(chunk)) {
          if (frame.letter === '' && asksForEncryption(frame.body)) {
            near.write('N')
            continue
          }
          const text = statements.take(frame)
          const occurrence = text === undefined ? undefined : checkpoint.count(place, text)
          if (text !== undefined && occurrence !== undefined) {
            this.#awaited = { text, occurrence }
            if (!(await checkpoint.pass(place, text, 'before', occurrence))) return
          }
          await this.#passed()
          this.#far?.write(frame.bytes)
        }
      })
    })
    near.on('close', () => {
      void up.then(async () => {
        await this.#passed()
        this.#far?.destroy()
        ended.resolve()
      })
    })
  }

  regard(): void {
    this.#gate = this.#checkpoint.gateOf(seenFromThere(this.#near))
  }

  destroy(): void {
    this.#near.destroy()
    this.#far?.destroy()
  }

  async #passed(): Promise<void> {
    await (await this.#gate).passed()
  }
}
