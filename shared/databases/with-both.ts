import { openSession, type DatabaseLogin, type Session, type SessionOptions } from '../postgres/session.ts'
import { allOrProblems } from './all-or-problems.ts'

/** Opens source and target at the same time, runs `work`, closes both. Where neither opens, one error names both. */
export async function withBoth<T>(
  logins: { readonly source: DatabaseLogin; readonly target: DatabaseLogin },
  options: Omit<SessionOptions, 'label'>,
  work: (databases: { readonly source: Session; readonly target: Session }) => Promise<T>,
): Promise<T> {
  const opened: Session[] = []
  const open = async (label: 'source' | 'target') => {
    const session = await openSession(logins[label], { ...options, label })
    opened.push(session)
    return session
  }
  try {
    const [source, target] = await allOrProblems<[Session, Session]>([open('source'), open('target')])
    return await work({ source, target })
  } finally {
    await Promise.all(opened.map((session) => session.close()))
  }
}
