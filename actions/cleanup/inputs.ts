import { choice, flag, list, optionalText, text, type Reader } from '../../shared/runtime/inputs.ts'

const side = choice('source', 'target')

/** A side, or nothing. */
const optionalSide: Reader<'source' | 'target' | undefined> = {
  read: (value, field) => (value === '' ? undefined : side.read(value, field)),
  secret: false,
}

/** Exactly the inputs of action.yml; defaults live there. */
export const inputs = {
  migration: text('.github/migrations/shop.yml'),
  database: optionalText(),
  when: choice('finished', 'abandoned'),
  'give-up-way-back': flag(),
  'lift-guard': flag(),
  'keep-journal': flag(),
  also: list(),
  gone: optionalSide,
  'dry-run': flag(),
}
