// Rows that are there already, a schema by a framework's own command, replicas by a parameter group, killed at their statements
// and calls. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { loaded, command, parameterGroup } = variants
const all = Infinity
/** What is done on the target in any case is tried with other files. */
const around = { source: all, aws: all, 'aws-reads': all }

describeCells('killed-strategies', [
  { variant: loaded, before: [], action: 'prepare-target', sample: 0 },
  { variant: loaded, before: [], action: 'create-task', kinds: around, sample: 1 },
  { variant: loaded, before: ['create-task'], action: 'wait-full-load', sample: 0 },
  { variant: command, before: [], action: 'prepare-target', sample: 1 },
  { variant: command, before: [], action: 'create-task', kinds: around, sample: 0 },
  { variant: command, before: ['create-task'], action: 'finish-target', sample: 0 },
  { variant: parameterGroup, before: [], action: 'prepare-target', sample: 1 },
  { variant: parameterGroup, before: [], action: 'create-task', kinds: around, sample: 0 },
  { variant: parameterGroup, before: ['create-task'], action: 'wait-full-load', sample: 0 },
])
