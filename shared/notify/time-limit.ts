/**
 * A signal that ends what is only told: after `ms`, and `cancelledMs` after the run was cancelled, whether that was before
 * or comes in the midst of it. Not the run's own signal: that it was cancelled is news as well. `clear` when it is over.
 */
export function timeLimit(
  run: AbortSignal,
  { ms, cancelledMs }: { readonly ms: number; readonly cancelledMs: number },
): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController()
  const end = () => controller.abort()
  let timer = setTimeout(end, ms)
  const hasten = () => {
    clearTimeout(timer)
    timer = setTimeout(end, Math.min(ms, cancelledMs))
  }
  if (run.aborted) hasten()
  run.addEventListener('abort', hasten, { once: true })
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer)
      run.removeEventListener('abort', hasten)
    },
  }
}
