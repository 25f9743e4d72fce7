import { expect, test } from 'vitest'
import { findingPages } from './finding-pages.ts'

const run = { GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: 'abc' }

test.each([
  [
    'an action of a release',
    { ...run, GITHUB_ACTION_REPOSITORY: 'aurora/actions', GITHUB_ACTION_REF: 'v1' },
    'https://github.com/aurora/actions/blob/v1/docs/findings',
  ],
  [
    'an action of the checkout',
    { ...run, GITHUB_ACTION_REPOSITORY: '', GITHUB_ACTION_REF: '' },
    'https://github.com/acme/shop/blob/abc/docs/findings',
  ],
  [
    'GitHub Enterprise',
    { ...run, GITHUB_SERVER_URL: 'https://git.example' },
    'https://git.example/acme/shop/blob/abc/docs/findings',
  ],
  ['no GitHub at all', {}, undefined],
])('pages of %s', (_, variables, expected) => {
  expect(findingPages(variables)).toBe(expected)
})
