import { expect, test } from 'vitest'
import { readmeWithTables } from './readme-tables.ts'
import type { ActionFile } from '../build/action-file.ts'

const action: ActionFile = {
  folder: 'preflight',
  name: 'Preflight',
  description: 'Judges.',
  author: 'aurora-migration-actions',
  branding: { icon: 'database', color: 'orange' },
  inputs: {
    migration: { description: 'Path of the file,\nfrom the root.', required: true },
    'dry-run': { description: '`true` | `false`.', required: false, default: 'false' },
  },
  outputs: { verdict: { description: '`clear` or `blocked`.' } },
  runs: { using: 'node24', main: '../../dist/preflight/index.js' },
}
const markers = '<!-- inputs -->\nold\n<!-- /inputs -->\n\ntext\n\n<!-- outputs --><!-- /outputs -->\n'

test('the tables replace what is between the markers, and the rest stays', async () => {
  expect(await readmeWithTables(`# Preflight\n\n${markers}`, action)).toMatchInlineSnapshot(`
    "# Preflight

    <!-- inputs -->

    | Input       | Description                      | Default  |
    | ----------- | -------------------------------- | -------- |
    | \`migration\` | Path of the file, from the root. | required |
    | \`dry-run\`   | \`true\` \\| \`false\`.               | \`false\`  |

    <!-- /inputs -->

    text

    <!-- outputs -->

    | Output    | Description           |
    | --------- | --------------------- |
    | \`verdict\` | \`clear\` or \`blocked\`. |

    <!-- /outputs -->
    "
  `)
})

test('writing them twice changes nothing', async () => {
  const once = await readmeWithTables(markers, action)
  expect(await readmeWithTables(once, action)).toBe(once)
})

test('a README without markers is refused by name', async () => {
  await expect(readmeWithTables('# Preflight\n', action)).rejects.toThrow(
    'actions/preflight/README.md has no <!-- inputs -->',
  )
})
