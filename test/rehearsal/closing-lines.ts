import colors from 'picocolors'
import type { RehearsalReport } from './report.ts'

/** The last lines on a terminal, verdict first; `file` is where the whole report lies. Pure. */
export function closingLines(report: RehearsalReport, file: string): string {
  const lines = [
    report.clean ? colors.green(colors.bold('✔ clean')) : colors.red(colors.bold('✘ not clean')),
    ...report.reasons.map((reason) => `  ${reason}`),
  ]
  if (report.denied && report.clean)
    lines.push('  the reviewer said no: the source still takes writes, the target refuses the application')
  lines.push(
    `  ${report.acknowledgedWrites} acknowledged writes: ${report.lostWrites} lost, ${report.duplicateWrites} duplicated, ${report.splitBrainWrites} split-brain, ${report.inDoubtWrites} in doubt`,
  )
  if (!report.denied)
    lines.push(
      `  ${report.rowMismatches} rows differ, ${report.sequencesBehind} sequences behind, ${report.sequenceCollisions} collisions`,
    )
  if (report.freezeMs !== null) {
    lines.push(
      `  freeze ${report.freezeMs} ms = ours ${report.freezeOursMs} ms + replication’s ${report.freezeReplicationMs} ms`,
      `  longest time without an acknowledged write ${Math.round(report.writeDowntimeMs)} ms`,
      ...report.phases.map(
        ({ name, startedAt, ms }) =>
          `    ${name.padEnd(13)} ${startedAt.slice(11, 23)} ${String(ms).padStart(8)} ms`,
      ),
    )
  }
  for (const { name, freezeMs } of report.turns?.taken ?? [])
    lines.push(`  ${name}: ${freezeMs === null ? 'failed' : `freeze ${freezeMs} ms`}`)
  if (report.turns !== null) lines.push(`  ${report.turns.lostOnTheWayBack} writes lost on the way back`)
  lines.push(
    `  PostgreSQL ${report.sourceVersion} → ${report.targetVersion}, ${(report.rehearsalMs / 1000).toFixed(0)} s, report in ${file}`,
  )
  return lines.join('\n')
}
