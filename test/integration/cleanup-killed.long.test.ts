// cleanup of a migration that was given up, killed at its statements and calls. KILL=all takes every point.
import { describeCells } from './killed-cells.ts'
import { variants } from './killed-variants.ts'

const { plain, dropped, created } = variants

describeCells('cleanup-killed', [
  { variant: created, before: ['create-task'], action: 'cleanup', sample: 2 },
  { variant: dropped, before: ['create-task'], action: 'cleanup', sample: 1 },
  { variant: plain, before: ['create-task', 'wait-full-load'], action: 'cleanup', sample: 0 },
])
