// Behind PgBouncer in transaction mode: every statement may reach another connection of Postgres.
import pg from 'pg'
import { expect, test } from 'vitest'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

test('[I1] two servers behind a pooler in transaction mode serve the same person', async ({ skip }) => {
  if (noPgBouncer) skip(noPgBouncer)
  await using databases = await createTestDatabases()
  await using pooler = await startPgBouncer([databases.databaseUrl, databases.keysDatabaseUrl])
  const settings = {
    databaseUrl: pooler.through(databases.databaseUrl),
    keysDatabaseUrl: pooler.through(databases.keysDatabaseUrl),
    databaseDirectUrl: databases.databaseUrl,
  }
  await using a = await startTestServer({}, databases, settings)
  await using b = await startTestServer({}, databases, a.config)
  const { accessToken } = await a.register()
  const clients = await Promise.all([a, b].map(({ url }) => connectSynced(url, accessToken)))
  // More than a compaction's worth.
  const writers = clients.map(registerWriter)
  for (let n = 0; n < 300; n++) for (const [i, { write }] of writers.entries()) write(`hr${n}-11${i}`, null)
  for (const client of clients) {
    await client.durable(300)
    await until(() => client.of('update').length >= 300)
  }
  // Each at once: who listened through the pooler would hear nothing, and find them two seconds apart.
  const startMs = performance.now()
  const [a0, b0] = clients
  for (let n = 1; n <= 10; n++) {
    const before = b0?.of('update').length ?? 0
    writers[0]?.write(`hr${n}-117`, null)
    await until(() => (b0?.of('update').length ?? 0) > before)
  }
  expect(performance.now() - startMs).toBeLessThan(9_000)
  expect(a0?.closeCode).toBeUndefined()
  const bills = await a.call('GET', '/api/civic/votes?limit=1', { token: accessToken })
  expect(bills.status).toBe(200)
  const fresh = await connectSynced(b.url, accessToken)
  expect(received(fresh).getArray('registers')).toHaveLength(610)
})

test('a server starts behind a pooler that others have started behind', async ({ skip }) => {
  if (noPgBouncer) skip(noPgBouncer)
  await using databases = await createTestDatabases()
  await using pooler = await startPgBouncer([databases.databaseUrl, databases.keysDatabaseUrl])
  const urls = {
    databaseUrl: databases.databaseUrl,
    keysDatabaseUrl: pooler.through(databases.keysDatabaseUrl),
  }
  expect(await migrateAll(urls)).toEqual([])
  // It gets another connection than the first one, which the pooler keeps.
  const busy = new pg.Client({ connectionString: urls.keysDatabaseUrl })
  await busy.connect()
  try {
    await busy.query('begin')
    expect(await migrateAll(urls)).toEqual([])
  } finally {
    await busy.end()
  }
})
