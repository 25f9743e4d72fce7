// A target that is made as a clone, a server each time: slow, so that a sample has one point. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { cloned } = variants
const all = Infinity

describeCells('killed-copy', [
  {
    variant: cloned,
    before: [],
    action: 'prepare-target',
    // What follows on the target is what is done to any target.
    kinds: { source: all, aws: all, target: 16 },
    sample: 1,
  },
  {
    variant: cloned,
    before: ['prepare-target'],
    action: 'create-task',
    kinds: { source: all, aws: all },
    sample: 0,
  },
])
