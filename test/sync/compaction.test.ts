// The log stays small, and what was deleted is gone from everything that is stored.
import { RegisterArray } from '@workforce-democracy/shared'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '../../server/src/db/database.ts'
import { readDocument } from '../../server/src/db/document-log.ts'
import { createDocumentReader } from '../../server/src/documents/document-reader.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
let pool: pg.Pool
let keysPool: pg.Pool
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl)
  keysPool = createPool(server.databases.keysDatabaseUrl)
})
afterAll(async () => {
  await pool.end()
  await keysPool.end()
  await server[Symbol.asyncDispose]()
})

/** Everything that Postgres holds of a document, decrypted with the server's keys. */
async function storedText(personId: string): Promise<string> {
  const keyring = createKeyring(server.config.encryptionKeys)
  const reader = createDocumentReader({ dataKeys: createDataKeys({ pool: keysPool, keyring }) })
  const loaded = await reader.read(pool, { personId, document: 'votes' })
  const updates = [
    ...(loaded?.snapshot ? [loaded.snapshot.update] : []),
    ...(loaded?.tail ?? []).map(({ update }) => update),
  ]
  return Buffer.concat(updates).toString('latin1')
}

test('after 500 rows the log is folded into a snapshot, and a new client gets the same document', async () => {
  const { user, accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  const device = registerWriter(client)
  for (let n = 0; n < 520; n++) device.write(`hr${(n % 10) + 1}-119`, `name ${n}`)
  await client.durable(520)
  const ref = { personId: user.id, document: 'votes' } as const
  const stored = await until(async () => {
    const document = await readDocument(pool, ref)
    return document?.snapshot ? document : undefined
  })
  expect(stored.head).toBe(520)
  expect(stored.snapshot?.position).toBeGreaterThanOrEqual(500)
  expect(stored.tail.map(({ position }) => position)).toEqual(
    Array.from({ length: 520 - stored.snapshot!.position }, (_, n) => stored.snapshot!.position + n + 1),
  )
  await using fresh = await connectSynced(server.url, accessToken)
  expect(new RegisterArray(received(fresh)).state()).toEqual(device.registers.state())
})

test('what was superseded is gone from snapshot and log once nobody has the document open', async () => {
  const { user, accessToken } = await server.register()
  {
    await using client = await connectSynced(server.url, accessToken)
    const device = registerWriter(client)
    device.write('hr1-119', 'a secret that was overwritten')
    await client.durable(1)
    expect(await storedText(user.id)).toContain('a secret that was overwritten')
    device.write('hr1-119', 'what stands now')
    await client.durable(2)
  }
  await until(async () => !(await storedText(user.id)).includes('a secret that was overwritten'))
  expect(await storedText(user.id)).toContain('what stands now')
})
