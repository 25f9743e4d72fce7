// create-task killed at its statements and calls: what a run began another one finds. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { plain, fourTasks, serverless, created, assessed, loaded, command, parameterGroup } = variants
// What is done to the target before is tried with prepare-target.
const kinds = { source: Infinity, aws: Infinity, 'aws-reads': Infinity }

describeCells('killed-create', [
  { variant: plain, before: [], action: 'create-task', sample: 3 },
  { variant: fourTasks, before: [], action: 'create-task', kinds, sample: 1 },
  { variant: serverless, before: [], action: 'create-task', kinds, sample: 0 },
  { variant: loaded, before: [], action: 'create-task', kinds, sample: 0 },
  { variant: command, before: [], action: 'create-task', kinds, sample: 0 },
  { variant: parameterGroup, before: [], action: 'create-task', kinds, sample: 0 },
  { variant: created, before: [], action: 'create-task', kinds: { aws: Infinity }, sample: 0 },
  { variant: assessed, before: [], action: 'create-task', kinds: { aws: Infinity }, sample: 0 },
])
