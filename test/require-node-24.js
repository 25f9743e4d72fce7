// Plain JavaScript, since an older Node cannot even read the TypeScript beside it. On Linux (x64, arm64) `npm ci`
// brings Node 24 and npm scripts find it first; elsewhere the user's own is used.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `Node 24 or later is needed; this is ${process.version} (${process.execPath}).\n` +
      (process.platform === 'linux'
        ? 'Run `npm ci` (without --omit=optional), which brings it, and start this through `npm run`.'
        : 'Install Node 24 (https://nodejs.org/) and try again.'),
  )
  process.exit(1)
}
