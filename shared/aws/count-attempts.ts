/** Where the middleware belongs: the lowest place of this step is inside the SDK's retries. */
export const attemptStep = { step: 'finalizeRequest', priority: 'low', name: 'auroraMigrationCount' } as const

/**
 * Middleware for a client of the AWS SDK that tells of every request which it sends, each page and each retry for itself:
 * those are what AWS's limits count. `client.middlewareStack.add(countAttempts(tell), attemptStep)`.
 */
export function countAttempts(onAttempt: () => void) {
  return <Request, Answer>(next: (request: Request) => Promise<Answer>) =>
    async (request: Request): Promise<Answer> => {
      onAttempt()
      return next(request)
    }
}
