import type { CutoverLab } from './cutover-lab.ts'

/** A row by which a write is known again on the other side. */
export function writeNote(lab: CutoverLab, side: 'source' | 'target', note: string): Promise<unknown> {
  return lab.sql(side, `insert into shop.writes (writer, seq, note) values ('fall-back', 1, '${note}')`)
}

/** Those rows, as that side has them. */
export async function notes(lab: CutoverLab, side: 'source' | 'target'): Promise<unknown[]> {
  const rows = await lab.sql(side, `select note from shop.writes where writer = 'fall-back' order by id`)
  return rows.map(({ note }) => note)
}
