import { Client } from 'pg'

/** Does the guard refuse this login? Anything but PostgreSQL's own refusal of CONNECT (42501) counts as no. */
export async function refusesApplication(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return false
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === '42501'
  }
}
