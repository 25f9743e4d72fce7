/** A message that was not taken, with why; never with the URL, which is a secret. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken'
  /** Whether it may be worth another attempt. */
  readonly again: boolean

  constructor(message: string, again: boolean, cause?: unknown) {
    super(message, { cause })
    this.again = again
  }
}

/**
 * Posts JSON to a webhook. `ms` bounds the call, `signal` ends it. Throws NotTaken where it was not answered with 2xx. Follows
 * no redirect: a webhook that moved must be set anew, and not be told to somebody else.
 */
export async function postWebhook(url: URL, body: unknown, ms: number, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(ms)
  let answer: Response
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'aurora-migration-actions' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    })
    await answer.body?.cancel()
  } catch (cause) {
    if (signal?.aborted === true) throw new NotTaken('the run was ended', false, cause)
    throw new NotTaken(
      limit.aborted ? `no answer in ${ms} ms` : `no connection (${codeOf(cause)})`,
      true,
      cause,
    )
  }
  if (answer.ok) return
  // Asked to be slow, or broken: the same message may pass a moment later.
  throw new NotTaken(`answered with ${answer.status}`, answer.status === 429 || answer.status >= 500)
}

/** The system's word for what went wrong: undici hides it below a "fetch failed". */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code
  return 'unknown reason'
}
