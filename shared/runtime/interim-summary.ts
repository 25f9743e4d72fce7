import { rename, writeFile } from 'node:fs/promises'
import { summaryText } from './summary-text.ts'

/**
 * Puts text into the step's summary ahead of its end. GitHub reads the file when the step is over, however it ended, so
 * this is what a reader finds of a process that was killed. The verdict replaces it. Never throws: it only informs.
 */
export async function writeInterimSummary(markdown: string): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY ?? ''
  if (file === '') return
  try {
    // In one step: a process that dies while it writes must leave what it wrote before.
    await writeFile(`${file}.interim`, summaryText(markdown))
    await rename(`${file}.interim`, file)
  } catch {
    // A full disk must not end a wait.
  }
}
