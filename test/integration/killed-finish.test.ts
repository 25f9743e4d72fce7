// finish-target, and wait-full-load with `prepare: auto`, killed at their statements and calls. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { plain, dropped, triggers, loaded, command, parameterGroup } = variants
const before = ['create-task']

describeCells('killed-finish', [
  { variant: dropped, before, action: 'finish-target', sample: 2 },
  { variant: triggers, before, action: 'finish-target', sample: 0 },
  { variant: plain, before, action: 'wait-full-load', sample: 1 },
  { variant: dropped, before, action: 'wait-full-load', sample: 0 },
  { variant: loaded, before, action: 'wait-full-load', sample: 0 },
  { variant: command, before, action: 'finish-target', sample: 0 },
  { variant: parameterGroup, before, action: 'wait-full-load', sample: 0 },
])
