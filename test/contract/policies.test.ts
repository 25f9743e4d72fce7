import { expect, test } from 'vitest'
import { actionFolders } from '../build/action-file.ts'
import { callsNamedIn } from '../docs/policies.ts'
import { productSources, root, textOf } from './repository.ts'

const folders = actionFolders(`${root}/actions`)
const readmes = folders.map((folder) => `actions/${folder}/README.md`)

/** The name of each client's service in IAM. */
const services: Readonly<Record<string, string>> = {
  cloudwatch: 'cloudwatch',
  'database-migration-service': 'dms',
  ec2: 'ec2',
  kms: 'kms',
  ram: 'ram',
  rds: 'rds',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
  sts: 'sts',
}

/** Calls to AWS in the product's sources, as IAM names them, from what each file imports of a client. */
function callsOfSources(): Set<string> {
  const found = new Set<string>()
  for (const path of productSources()) {
    for (const [, names = '', client = ''] of textOf(path).matchAll(
      /import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/gu,
    )) {
      for (const [, command, paginated] of names.matchAll(/(?<!type )\b(?:(\w+)Command|paginate(\w+))\b/gu))
        found.add(`${services[client] ?? client}:${command ?? paginated ?? ''}`)
    }
  }
  return found
}

/** Of AWS's own accord everybody may ask who they are (API: GetCallerIdentity). */
const free = new Set(['sts:GetCallerIdentity'])

/** Not a call of the actions, but looked at by AWS beside one of them. */
const beside = new Set([
  'iam:PassRole',
  'rds:AddTagsToResource',
  'cloudwatch:TagResource',
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
])

test('every call to AWS is in the README of an action', () => {
  expect(callsOfSources()).toContain('dms:StartReplicationTask')
  const told = new Set(readmes.flatMap((path) => [...callsNamedIn(textOf(path))]))
  const untold = [...callsOfSources()].filter((call) => !told.has(call) && !free.has(call))
  expect(untold.toSorted()).toEqual([])
})

test('no README asks for a right that nothing uses', () => {
  const called = callsOfSources()
  const unused = readmes.flatMap((path) =>
    [...callsNamedIn(textOf(path))]
      .filter((call) => !called.has(call) && !beside.has(call))
      .map((call) => `${path}: ${call}`),
  )
  expect(unused).toEqual([])
})
