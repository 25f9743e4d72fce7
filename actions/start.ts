type Phase = 'main' | 'post'
type Entry = Partial<Record<Phase, () => Promise<void>>>

/** What can be started, loaded only when it is: no action pays for another's clients. */
const actions = {
  cleanup: { main: async () => (await import('./cleanup/main.ts')).main() },
  'create-task': { main: async () => (await import('./create-task/main.ts')).main() },
  cutover: {
    main: async () => (await import('./cutover/main.ts')).main(),
    post: async () => (await import('./cutover/post.ts')).post(),
  },
  'fall-back': {
    main: async () => (await import('./fall-back/main.ts')).main(),
    post: async () => (await import('./fall-back/post.ts')).post(),
  },
  'finish-target': { main: async () => (await import('./finish-target/main.ts')).main() },
  preflight: { main: async () => (await import('./preflight/main.ts')).main() },
  'prepare-target': { main: async () => (await import('./prepare-target/main.ts')).main() },
  'sync-sequences': { main: async () => (await import('./sync-sequences/main.ts')).main() },
  'verify-data': { main: async () => (await import('./verify-data/main.ts')).main() },
  'wait-cdc-sync': { main: async () => (await import('./wait-cdc-sync/main.ts')).main() },
  'wait-full-load': { main: async () => (await import('./wait-full-load/main.ts')).main() },
} satisfies Record<string, Entry>

/** Runs one phase of an action to its end. The stubs in dist/ call it. */
export async function start(name: keyof typeof actions, phase: Phase = 'main'): Promise<void> {
  const entry: Entry = actions[name]
  const run = entry[phase]
  if (run === undefined) throw new Error(`${name} has no ${phase} step`)
  await run()
}
