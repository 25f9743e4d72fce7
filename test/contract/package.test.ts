import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { filesBelow, root, textOf } from './repository.ts'

const { scripts, dependencies, devDependencies, optionalDependencies, license } = JSON.parse(
  textOf('package.json'),
) as Record<
  'scripts' | 'dependencies' | 'devDependencies' | 'optionalDependencies',
  Record<string, string>
> & {
  license: string
}

test('every version is exact', () => {
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies }
  const loose = Object.entries(all).filter(
    ([, version]) => !/^(npm:@?[\w/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/u.test(version),
  )
  expect(loose).toEqual([])
})

test('what the product imports is a dependency, not a development one', () => {
  const named = new Set(
    [...filesBelow('actions'), ...filesBelow('shared')]
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .flatMap((path) =>
        [...textOf(path).matchAll(/(?:from |import\()'((?:@[\w-]+\/)?[a-z][\w-]*)[^']*'/gu)].map(
          ([, name]) => name ?? '',
        ),
      )
      .filter((name) => name !== 'node'),
  )
  expect([...named].filter((name) => !(name in dependencies))).toEqual([])
  expect(Object.keys(dependencies).filter((name) => !named.has(name))).toEqual([])
})

test.each(Object.entries(scripts))('npm run %s starts files that exist', (_, command) => {
  for (const [file] of command.matchAll(/test\/[\w/.-]+\.(ts|js)/gu))
    expect(existsSync(`${root}/${file}`)).toBe(true)
})

test('.ci/run is the test command of README, word for word', () => {
  const commands = textOf('.ci/run')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('cd '))
  expect(commands).toEqual(['npm ci && npm test'])
  expect(textOf('README.md')).toContain('npm ci && npm test')
  execFileSync('test', ['-x', `${root}/.ci/run`])
})

test('npm test runs what npm run check runs', () => {
  const [lint, contract] = (scripts['check'] ?? '').split(' && exec ')
  expect(scripts['test']).toContain(lint)
  expect(contract).toBe('vitest run --config test/vitest.config.ts --project contract')
  expect(scripts['test']?.endsWith('vitest run --config test/vitest.config.ts')).toBe(true)
})

test('the licence is MIT in both places', () => {
  expect(license).toBe('MIT')
  expect(textOf('LICENSE')).toContain('aurora-migration-actions contributors')
})
