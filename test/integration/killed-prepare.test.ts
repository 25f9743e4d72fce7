// prepare-target, and create-task on what it prepared, killed at their statements and calls. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { plain, separate, dropped, triggers, loaded, command, parameterGroup } = variants

describeCells('killed-prepare', [
  { variant: plain, before: [], action: 'prepare-target', sample: 0 },
  { variant: dropped, before: [], action: 'prepare-target', sample: 4 },
  { variant: triggers, before: [], action: 'prepare-target', sample: 2 },
  { variant: loaded, before: [], action: 'prepare-target', sample: 0 },
  { variant: command, before: [], action: 'prepare-target', sample: 0 },
  { variant: parameterGroup, before: [], action: 'prepare-target', sample: 0 },
  // Between what is noted of the group and its change.
  { variant: parameterGroup, before: [], action: 'prepare-target', kinds: { aws: 1 }, sample: 1 },
  { variant: separate, before: ['prepare-target'], action: 'create-task', sample: 1 },
])
