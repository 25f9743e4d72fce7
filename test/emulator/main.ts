import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseConfig } from './config.ts'
import { openEmulatorServer } from './server.ts'

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    state: { type: 'string' },
    port: { type: 'string', default: '0' },
    /** Ends when standard input does, so that the emulator never outlives whoever started it. */
    'end-with-stdin': { type: 'boolean', default: false },
  },
})
if (values.config === undefined || values.state === undefined) {
  process.stderr.write('usage: main.ts --config FILE --state FOLDER [--port N] [--end-with-stdin]\n')
  process.exit(2)
}

const config = parseConfig(JSON.parse(readFileSync(values.config, 'utf8')))
const server = await openEmulatorServer(config, values.state, Number(values.port))

let closing = false
async function close(): Promise<void> {
  if (closing) return
  closing = true
  await server.close()
  process.exit(0)
}
process.on('SIGTERM', () => void close())
process.on('SIGINT', () => void close())
if (values['end-with-stdin']) {
  process.stdin.on('end', () => void close())
  process.stdin.on('error', () => void close())
  process.stdin.resume()
}

process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
