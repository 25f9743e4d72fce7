// A target that is restored from a snapshot, or promoted from an Aurora replica, killed at every statement and call. A server is
// made each time: slow, so that a sample has one point. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { restored, restoredCluster, replica } = variants
const all = Infinity
/** What follows on the target is what is done to any target. */
const making = { source: all, aws: all, target: 16, 'aws-reads': all }
const around = { source: all, aws: all }

describeCells('killed-made', [
  { variant: restored, before: [], action: 'prepare-target', kinds: making, sample: 1 },
  { variant: restored, before: ['prepare-target'], action: 'create-task', kinds: around, sample: 0 },
  { variant: restored, before: ['create-task'], action: 'wait-full-load', sample: 0 },
  { variant: restoredCluster, before: [], action: 'prepare-target', kinds: { aws: all }, sample: 0 },
  { variant: replica, before: [], action: 'prepare-target', kinds: { ...making, target: all }, sample: 1 },
  { variant: replica, before: [], action: 'create-task', kinds: around, sample: 0 },
  { variant: replica, before: ['create-task'], action: 'wait-full-load', sample: 0 },
])
