import * as core from '@actions/core'

/** Hands values to this action's `post` step, which is another process. */
export function saveForPost(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) core.saveState(name, value)
}

/** What `main` handed over; empty where it did not get that far. */
export function fromMain(name: string): string {
  return core.getState(name)
}
