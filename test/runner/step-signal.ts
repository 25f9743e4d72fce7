/** How a job is told to stop: `signal` cancels it, `forced` ends even the steps that cancelling spares. */
export interface JobSignals {
  readonly signal: AbortSignal
  readonly forced: AbortSignal
}

/**
 * A signal for one step. It fires when the step's time is over, when the job is cancelled and the step's condition
 * does not hold then (`always()` and `cancelled()` do), and when the whole job is ended by force. Its reason is the
 * error that the step shows. Call `end` when the step has ended.
 */
export function stepSignal(
  name: string,
  timeoutMinutes: number | undefined,
  job: JobSignals,
  holds: () => boolean,
): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const cancel = (): void => {
    if (!holds()) controller.abort('The operation was canceled.')
  }
  const force = (): void => controller.abort('The operation was canceled.')
  // A step that starts after the cancelling does so because its condition holds.
  if (!job.signal.aborted) job.signal.addEventListener('abort', cancel, { once: true })
  if (job.forced.aborted) force()
  else job.forced.addEventListener('abort', force, { once: true })
  const timer =
    timeoutMinutes === undefined || timeoutMinutes <= 0
      ? undefined
      : setTimeout(() => {
          controller.abort(`The action '${name}' has timed out after ${timeoutMinutes} minutes.`)
        }, timeoutMinutes * 60_000)
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      job.signal.removeEventListener('abort', cancel)
      job.forced.removeEventListener('abort', force)
    },
  }
}
