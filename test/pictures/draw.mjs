// Draws job summaries out of rehearsals' reports as GitHub shows them, with its style sheet and Mermaid:
//   node draw.mjs <folder of reports> <folder for pictures> [name …]
// Which ones is in pictures.json. Chromium is found at CHROMIUM or on the PATH.
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { marked } from 'marked'
import { chromium } from 'playwright-core'

const width = 1000
/** Below it is folded detail, or more of the same; the cut is made between two blocks. */
const mostHeight = 1500
/** GitHub shows a picture as it was when it was committed, to everybody who opens the page. */
const mostBytes = 300_000

const [reports, folder, ...names] = process.argv.slice(2)
if (reports === undefined || folder === undefined)
  throw new Error('usage: node draw.mjs <folder of reports> <folder for pictures> [name …]')

const style = `<link rel="stylesheet" href="${address('github-markdown-css/github-markdown-light.css')}">
<style>
body { margin: 0; padding: 24px 32px }
pre.mermaid { background: none !important; text-align: center }
img.emoji { height: 1em; margin: 0 0.05em; vertical-align: -0.1em; width: 1em }
</style>`
const pictures = JSON.parse(readFileSync(new URL('pictures.json', import.meta.url), 'utf8'))
mkdirSync(folder, { recursive: true })
const pages = mkdtempSync(join(tmpdir(), 'pictures-'))
const browser = await chromium.launch({
  executablePath: browserPath(),
  args: ['--no-sandbox', '--allow-file-access-from-files'],
})
try {
  for (const { run, summary, name } of pictures) {
    if (names.length === 0 || names.includes(name))
      await draw(join(reports, run, 'report.md'), summary, join(folder, `${name}.png`))
  }
} finally {
  await browser.close()
  rmSync(pages, { recursive: true })
}

/** One summary as a picture. */
async function draw(report, title, picture) {
  const summaries = summariesOf(readFileSync(report, 'utf8'))
  const markdown = summaries.get(title)
  if (markdown === undefined)
    throw new Error(`${report} has no summary of ${title}; it has: ${[...summaries.keys()].join(', ')}`)
  const page = await browser.newPage({ viewport: { width, height: 800 } })
  await page.route(/^https?:/u, (route) => route.abort())
  const file = join(pages, 'summary.html')
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8">${style}<body class="markdown-body">${await marked.parse(markdown)}</body>`,
  )
  await page.goto(pathToFileURL(file).href)
  await page.addScriptTag({ path: packaged('mermaid/dist/mermaid.min.js') })
  // The machine that draws may have no font with emoji.
  await page.addScriptTag({ path: packaged('@twemoji/api/dist/twemoji.min.js') })
  await page.evaluate(async (base) => {
    const { document, mermaid, twemoji } = globalThis
    for (const code of document.querySelectorAll('pre > code.language-mermaid')) {
      const pre = document.createElement('pre')
      pre.className = 'mermaid'
      pre.textContent = code.textContent
      code.parentElement.replaceWith(pre)
    }
    mermaid.initialize({ startOnLoad: false })
    await mermaid.run()
    twemoji.parse(document.body, { base, folder: 'svg', ext: '.svg' })
    await Promise.all([...document.images].map((image) => image.decode()))
  }, address('@twemoji/'))
  const { shown, whole } = await page.evaluate((most) => {
    const { document } = globalThis
    const { body } = document
    // A heading is no end: what it announces would be missing.
    const ends = [...body.querySelectorAll(':scope > :not(h2, h3), :scope > table > tbody > tr')]
      .map((block) => Math.ceil(block.getBoundingClientRect().bottom) + (block.localName === 'tr' ? 1 : 24))
      .filter((end) => end <= most)
    return { shown: Math.max(...ends), whole: document.documentElement.scrollHeight }
  }, mostHeight)
  await page.setViewportSize({ width, height: shown })
  const { length } = await page.screenshot({ path: picture })
  await page.close()
  process.stdout.write(`${picture}: ${shown} of ${whole} px, ${Math.ceil(length / 1000)} kB\n`)
  if (length > mostBytes) throw new Error(`${picture} has more than ${mostBytes / 1000} kB`)
}

/** Markdown of each job summary in the report, by job and step. */
function summariesOf(text) {
  const parts = text.split(/^---\n\n\*Job summary of (?<title>.+)\*\n\n/mu)
  return new Map(parts.flatMap((part, index) => (index % 2 === 1 ? [[part, parts[index + 1] ?? '']] : [])))
}

/** URL of a file of a package. */
function address(path) {
  return pathToFileURL(packaged(path)).href
}

function packaged(path) {
  return fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))
}

function browserPath() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = [
    process.env.CHROMIUM ?? '',
    ...folders.flatMap((one) => names.map((name) => join(one, name))),
  ]
  for (const path of paths) {
    try {
      if (path === '') continue
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // The next one.
    }
  }
  throw new Error('no Chromium on the PATH: install one, or say where it is by CHROMIUM')
}
