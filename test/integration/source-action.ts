// Runs an action from its sources in a process of its own: node source-action.ts <action>. Inputs come as INPUT_*; with
// HURRY its waits pass so many times as quickly.
import { hurry } from './hurried-clock.ts'

const { main } = (await import(`../../actions/${process.argv[2] ?? ''}/main.ts`)) as {
  main: () => Promise<void>
}
if (process.env['HURRY'] !== undefined) hurry(Number(process.env['HURRY']))
await main()
