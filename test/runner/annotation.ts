import { isAbsolute, relative, resolve } from 'node:path'
import { property } from './command-line.ts'
import type { WorkflowCommand } from './command-line.ts'

/** What `::error::`, `::warning::` and `::notice::` leave on a run's page; lines and columns count from 1. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly message: string
  readonly title?: string
  readonly file?: string
  readonly line?: number
  readonly endLine?: number
  readonly column?: number
  readonly endColumn?: number
}

/** The runner keeps this many annotations of a level for one step; the rest stay in the log only. */
export const annotationsPerLevel = 10

/**
 * Builds the annotation of an issue command. Positions that contradict each other are dropped and a path inside the
 * workspace becomes relative to it, both as the runner does (`IssueCommandExtension`).
 */
export function annotationOf(
  level: Annotation['level'],
  command: WorkflowCommand,
  workspace: string,
): Annotation {
  const file = property(command, 'file')
  const title = property(command, 'title')
  const position = settlePosition({
    line: whole(command, 'line'),
    endLine: whole(command, 'endLine'),
    column: whole(command, 'col'),
    endColumn: whole(command, 'endColumn'),
  })
  return {
    level,
    message: command.data,
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file: relativeTo(workspace, file) }),
    ...position,
  }
}

interface Position {
  line: number | undefined
  endLine: number | undefined
  column: number | undefined
  endColumn: number | undefined
}

function settlePosition(given: Position): Partial<Record<keyof Position, number>> {
  const line = given.line ?? given.endLine
  const spansLines = given.endLine !== undefined && given.endLine !== line
  const columnsAllowed = line !== undefined && !spansLines
  const column = columnsAllowed ? (given.column ?? given.endColumn) : undefined
  const linesInOrder = line !== undefined && given.endLine !== undefined && given.endLine >= line
  const columnsInOrder = column !== undefined && given.endColumn !== undefined && given.endColumn >= column
  return {
    ...(line === undefined ? {} : { line }),
    ...(linesInOrder ? { endLine: given.endLine ?? line } : {}),
    ...(column === undefined ? {} : { column }),
    ...(columnsInOrder ? { endColumn: given.endColumn ?? column } : {}),
  }
}

function whole(command: WorkflowCommand, key: string): number | undefined {
  const text = property(command, key)
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function relativeTo(workspace: string, file: string): string {
  const path = relative(workspace, resolve(workspace, file))
  return path.startsWith('..') || isAbsolute(path) ? file : path
}
