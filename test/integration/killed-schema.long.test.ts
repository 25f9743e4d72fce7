// A schema by pg_dump and psql, whose statements count too, killed at each of them. KILL=all takes every point.
import { findClientPrograms } from '../../shared/schema/client-programs.ts'
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { dump } = variants

describeCells(
  'killed-schema',
  [
    { variant: dump, before: [], action: 'prepare-target', sample: 3 },
    { variant: dump, before: ['create-task'], action: 'finish-target', sample: 1 },
  ],
  async (_, context) => {
    try {
      await findClientPrograms(15, new AbortController().signal)
      return true
    } catch {
      await context.annotate('no pg_dump of 15 or later on the PATH: nothing was tried here')
      return false
    }
  },
)
