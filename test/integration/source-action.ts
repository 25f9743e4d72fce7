// Runs an action from its sources in a process of its own: node source-action.ts <action>. Inputs come as INPUT_*.
const { main } = (await import(`../../actions/${process.argv[2] ?? ''}/main.ts`)) as {
  main: () => Promise<void>
}
await main()
