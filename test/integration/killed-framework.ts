// A framework that makes the sample's schema: node killed-framework.ts, with the target's URL in DATABASE_URL. A few steps, each
// in a transaction of its own that notes it, so that a run goes on where a former one ended.
import { readFileSync } from 'node:fs'
import { Client } from 'pg'

// A trigger that fires in replica mode may not stand on a target.
const statements = readFileSync(new URL('killed-sample.sql', import.meta.url), 'utf8')
  .split(/;\n/u)
  .filter((text) => !text.includes('enable always trigger'))
const perStep = Math.ceil(statements.length / 4)
const client = new Client({ connectionString: process.env['DATABASE_URL'] })
await client.connect()
await client.query('set role shop_owner')
await client.query('create table if not exists public.steps (step integer primary key)')
for (let step = 0; step * perStep < statements.length; step += 1) {
  await client.query('begin')
  // Two at once would both find a step undone.
  await client.query('lock table public.steps')
  const { rowCount } = await client.query('select from public.steps where step = $1', [step])
  if (rowCount === 0) {
    await client.query(statements.slice(step * perStep, (step + 1) * perStep).join(';\n'))
    await client.query('insert into public.steps values ($1)', [step])
  }
  await client.query('commit')
}
await client.end()
