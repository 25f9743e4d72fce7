import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import type { ApprovalDecision, ApprovalRequest } from '../runner/run-workflow.ts'
import type { ProgressView } from './progress-view.ts'

/**
 * Answers for the reviewer: as the flags say, else by asking on the terminal, else by approving and saying so. What
 * the reviewer would see is kept in `summaryFile`.
 */
export function approver(options: {
  approve: boolean
  deny: boolean
  view: ProgressView
  summaryFile: string
}): (request: ApprovalRequest) => Promise<ApprovalDecision> {
  return async (request) => {
    writeFileSync(options.summaryFile, request.summarySoFar)
    if (options.deny) return { state: 'rejected', user: 'reviewer', comment: 'rejected by --deny' }
    if (options.approve) return { state: 'approved', user: 'reviewer', comment: 'approved by --approve' }
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      options.view.step('no terminal to ask on: the rehearsal approves by itself')
      return { state: 'approved', user: 'reviewer', comment: 'no terminal: approved by the rehearsal itself' }
    }
    return ask(request, options)
  }
}

async function ask(
  request: ApprovalRequest,
  options: { view: ProgressView; summaryFile: string },
): Promise<ApprovalDecision> {
  options.view.pause()
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // While it asks, readline has the terminal in raw mode: Ctrl-C is a key, no signal.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    process.stderr.write(`\nThe reviewer of ${request.environment} sees ${options.summaryFile}\n`)
    const answer = await terminal.question('Approve the cutover? [y/N] ', { signal: request.signal })
    return /^y(es)?$/iu.test(answer.trim())
      ? { state: 'approved', user: 'reviewer', comment: 'approved on the terminal' }
      : { state: 'rejected', user: 'reviewer', comment: 'rejected on the terminal' }
  } finally {
    terminal.close()
    options.view.resume()
  }
}
