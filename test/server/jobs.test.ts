// Jobs when Postgres goes away, and what is done again and again.
import { REGISTERS_ROOT } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { addJob, schedule } from '../../server/src/db/jobs.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { createJobs } from '../../server/src/jobs/jobs.ts'
import { createUpdateLog } from '../../server/src/sync/update-log.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { connectSynced, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStoredDocuments } from '../support/stored-documents.ts'
import { startTcpProxy, throughProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const logger = pino({ level: 'silent' })
const nothing = async () => undefined

test('[J7] jobs go on after Postgres went away under every one of them', async () => {
  await using databases = await createTestDatabases()
  await using proxy = await startTcpProxy(Number(new URL(databases.databaseUrl).port))
  const pool = createPool(databases.databaseUrl)
  let begun = 0
  let finish = () => {}
  const held = new Promise<void>(resolve => {
    finish = resolve
  })
  const jobs = createJobs({
    connectionString: throughProxy(databases, proxy.port).databaseUrl,
    everySeconds: { 'send-due-mails': 3_600, 'compact-left': 3_600, expire: 3_600, 'count-community': 3_600 },
    logger,
    tasks: {
      'send-mail': async () => {
        begun++
        await held
      },
      ...{ 'send-due-mails': nothing, 'compact-left': nothing, expire: nothing, 'count-community': nothing },
    },
  })
  try {
    const AT_ONCE = 3
    for (let n = 0; n < AT_ONCE; n++) await addJob(pool, 'send-mail', { mailId: `${n}` })
    await until(() => begun === AT_ONCE)
    proxy.cut({ refuse: true })
    finish()
    // All of them have failed to say that they were done.
    await until(async () => {
      const { rows } = await pool.query(
        `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      return rows.length === 0
    })
    await addJob(pool, 'send-mail', { mailId: 'later' })
    proxy.restore()
    await until(() => begun > AT_ONCE, 20_000)
  } finally {
    await jobs[Symbol.asyncDispose]()
    await pool.end()
  }
}, 40_000)

describe('again and again', () => {
  let server: TestServer
  let pool: Pool
  beforeAll(async () => {
    server = await startTestServer()
    pool = createPool(server.databases.databaseUrl)
  })
  afterAll(async () => {
    await pool.end()
    await server[Symbol.asyncDispose]()
  })

  const foldSince = async (personId: string): Promise<Date | null> =>
    (await pool.query('select fold_since from documents where person_id = $1', [personId])).rows[0]
      ?.fold_since

  test('[J1] what every server plans is done once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => schedule(pool, 'expire', 3_600)))
    const { rows } = await pool.query(
      `select j.run_at, t.identifier from graphile_worker._private_jobs j
       join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'expire'`,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0].run_at.getTime() % 3_600_000).toBe(0)
    expect(rows[0].run_at.getTime()).toBeGreaterThan(Date.now() - 60_000)
  })

  test('[J8] sessions that have ended are deleted, and no other', async () => {
    const [over, out, live] = await Promise.all([server.register(), server.register(), server.register()])
    await pool.query(`update sessions set expires_at = now() where person_id = $1`, [over.user.id])
    await pool.query(`update sessions set revoked_at = now() where person_id = $1`, [out.user.id])
    await addJob(pool, 'expire', {})
    const left = async () =>
      (await pool.query<{ person_id: string }>('select person_id from sessions')).rows.map(
        row => row.person_id,
      )
    await until(async () => !(await left()).includes(over.user.id))
    expect(await left()).toContain(live.user.id)
    expect(await left()).not.toContain(out.user.id)
  })

  test('[J8] what was deleted and left in a log is compacted away, although nobody opens the document', async () => {
    await using stored = openStoredDocuments(server)
    const { user, accessToken } = await server.register()
    const ref = { personId: user.id, document: 'votes' } as const
    // Stays connected: else this server would compact by itself, as it could not if it had been killed.
    await using client = await connectSynced(server.url, accessToken)
    const device = registerWriter(client)
    device.write('hr1-119', 'deleted content')
    await client.durable(1)
    expect(await foldSince(user.id)).toBeNull()
    device.write('hr1-119', 'what came after')
    await client.durable(2)
    expect(await foldSince(user.id)).toBeInstanceOf(Date)
    const text = async () => {
      const { snapshot, tail } = (await stored.read(ref))!
      return Buffer.concat([
        ...(snapshot ? [snapshot.update] : []),
        ...tail.map(({ update }) => update),
      ]).toString()
    }
    // Not yet: its own server has ten minutes.
    await addJob(pool, 'compact-left', {})
    await until(
      async () =>
        (await pool.query(`select from graphile_worker._private_jobs where key is null`)).rowCount === 0,
    )
    expect(await text()).toContain('deleted content')
    await pool.query(`update documents set fold_since = now() - interval '13 minutes' where person_id = $1`, [
      user.id,
    ])
    await addJob(pool, 'compact-left', {})
    await until(async () => (await foldSince(user.id)) === null)
    expect(await text()).not.toContain('deleted content')
    expect(await text()).toContain('what came after')
  })

  test('[J8] a log counts as left once it has passed 500 updates, also without deletions', async () => {
    const { user } = await server.register({ civicEngagementTracking: true })
    const keysPool = createPool(server.databases.keysDatabaseUrl)
    const dataKeys = createDataKeys({ pool: keysPool, keyring: createKeyring(server.config.encryptionKeys) })
    await using log = createUpdateLog({ pool, dataKeys, metrics: { committed: () => undefined }, logger })
    const target = { personId: user.id, document: 'votes', generation: 1 } as const
    const doc = new Y.Doc()
    doc.getArray(REGISTERS_ROOT).push([1])
    const update = Y.encodeStateAsUpdate(doc)
    await log.append(
      target,
      Array.from({ length: 499 }, () => update),
      false,
    )
    expect(await foldSince(user.id)).toBeNull()
    await log.append(target, [update], false)
    expect(await foldSince(user.id)).toBeInstanceOf(Date)
    await keysPool.end()
  })
})
