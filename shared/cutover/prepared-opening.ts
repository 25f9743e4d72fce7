import type { Session } from '../postgres/session.ts'
import { addHeld, addRights, type OpeningOrder } from './opening.ts'
import { Script } from './script.ts'
import { shutOutAndBegin, stands, type ShutOut } from './shut-out.ts'

/** An opening that is begun ahead of the other database's commit point, behind a guard. */
export interface PreparedOpening {
  /** Resolves when what can be done ahead is done, or came to nothing. */
  readonly ready: Promise<unknown>
  /** To be called when the drain is proved: begins the rest, or all of it anew. As `shutOutAndBegin`. */
  begin(): Promise<boolean>
  /** Takes all of it back, also what is still being begun, and for good; does not throw. */
  drop(): Promise<void>
}

/** For so long it is held at most, ms: DDL that DMS brings would wait for it, and the marker behind that. */
const preparedMs = 1000

/**
 * What of the opening needs no proof, done before anybody waits: it is most of the work. Where the pause or the marker takes long it is
 * taken back, and done when the proof is there.
 */
export function prepareOpening(to: Session, order: ShutOut, opening: OpeningOrder): PreparedOpening {
  const ready = beganWhole(to, opening)
  let prepared = ready
  let dropped = false
  const takeBack = async () => {
    prepared = Promise.resolve(undefined)
    await to.query('rollback').catch(() => undefined)
  }
  const timer = setTimeout(() => void takeBack(), preparedMs)
  return {
    ready,
    begin: async () => {
      clearTimeout(timer)
      const whole = await prepared
      // A marker that comes when the attempt is over begins nothing.
      if (dropped) return false
      return whole === undefined
        ? shutOutAndBegin(to, order, opening)
        : stands(to, addHeld(new Script(), opening, whole))
    },
    drop: async () => {
      dropped = true
      clearTimeout(timer)
      await takeBack()
    },
  }
}

/** Whether there is nothing to be made whole; undefined where nothing was begun. */
async function beganWhole(to: Session, opening: OpeningOrder): Promise<boolean | undefined> {
  try {
    const [row] = await addRights(new Script().add('rollback'), opening).run<{ whole: boolean }>(to)
    return row?.whole
  } catch {
    await to.query('rollback').catch(() => undefined)
    return undefined
  }
}
