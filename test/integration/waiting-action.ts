// Runs actions from their sources, one after another, each when it is told to: node waiting-action.ts [action …], with the
// actions that it loads ahead.
import { flushCompileCache } from 'node:module'

interface Order {
  readonly action: string
  readonly environment: Readonly<Record<string, string>>
}

const named = process.argv.slice(2)
const usual = ['prepare-target', 'create-task', 'wait-full-load', 'finish-target', 'preflight']
const actions = named.length > 0 ? named : usual
for (const action of actions) {
  await import(`../../actions/${action}/perform.ts`)
  await import(`../../actions/${action}/main.ts`)
}
// A process that is killed would not leave it to the next one.
flushCompileCache()

process.on('message', (order: Order) => void run(order))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function run({ action, environment }: Order): Promise<void> {
  for (const name of Object.keys(process.env)) if (name.startsWith('INPUT_')) delete process.env[name]
  Object.assign(process.env, environment)
  process.exitCode = 0
  const { main } = (await import(`../../actions/${action}/main.ts`)) as { main: () => Promise<void> }
  await main()
  process.send?.({ exitCode: process.exitCode })
}
