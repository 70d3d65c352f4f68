// Two servers commit to the same documents at full speed, in whatever order these reach them.
import pg from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabases, execute } from '../support/postgres.ts'
import { connectSynced, registerWriter } from '../support/register-writer.ts'
import { startTestServer } from '../support/server.ts'

const PEOPLE = 12
const WRITES = 150

test('[I1] two servers that commit to the same documents at full speed never deadlock', async () => {
  await using databases = await createTestDatabases()
  const log: string[] = []
  // Among so many that a commit looks up each of its documents, in an order of its own: few are scanned in one order.
  await execute(databases.databaseUrl, [
    `insert into users (id, username_hash, account, password_hash, prelogin_seed, created_at, last_login)
     select gen_random_uuid(), sha256(n::text::bytea), '', '', substr(sha256(''), 1, 16), now(), now()
     from generate_series(1, 5000) n`,
    `insert into documents (person_id, document, mode) select id, 'votes', 'open' from users`,
    `analyze users, documents`,
  ])
  {
    await using a = await startTestServer({}, databases)
    await using b = await startTestServer({}, databases, a.config)
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => a.register()))
    // Each server is sent them in the opposite order.
    const atA = await Promise.all(people.map(({ accessToken }) => connectSynced(a.url, accessToken)))
    const atB = await Promise.all(
      people.toReversed().map(({ accessToken }) => connectSynced(b.url, accessToken)),
    )
    const clients = [...atA, ...atB]
    const writers = clients.map(registerWriter)
    for (let n = 0; n < WRITES; n++) {
      for (const { write } of writers) write(`hr${n}-119`, null)
      await new Promise(setImmediate)
    }
    await Promise.all(clients.map(client => client.durable(WRITES)))
    expect(clients.map(({ closeCode }) => closeCode)).toEqual(clients.map(() => undefined))
    log.push(...a.log, ...b.log)
  }
  expect(log.filter(line => /"level":[56]0|40P01/.test(line))).toEqual([])
  // Those that were tried again, too. Postgres counts them when connections end.
  expect(await deadlocksIn(databases.databaseUrl)).toBe(0)
})

async function deadlocksIn(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query<{ deadlocks: number }>(
    'select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()',
  )
  await client.end()
  return rows[0]?.deadlocks ?? Number.NaN
}
