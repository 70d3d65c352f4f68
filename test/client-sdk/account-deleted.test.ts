// What a device does when its account was deleted somewhere else.
import { type Client, createMemoryStore, openClient } from '@workforce-democracy/client/node'
import { expect, test } from 'vitest'
import { createPool } from '../../server/src/db/database.ts'
import { startTestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const CREDENTIALS = { username: 'ada-example', password: 'a made-up password' }
const bills = (client: Client) => client.votes.list().map(({ billId }) => billId)

test('[A34] a device whose account was deleted says so, also after a restart, and keeps all its data', async () => {
  await using server = await startTestServer()
  const storage = createMemoryStore()
  const open = () => openClient({ storage, storeSecret: new Uint8Array(32).fill(7), server: server.url })
  const device = await open()
  await device.account.register({ ...CREDENTIALS, privacy: { civicEngagementTracking: true } })
  await (await device.votes.cast('hr8-118', 'yes')).durable()

  const other = await openClient({
    storage: createMemoryStore(),
    storeSecret: new Uint8Array(32).fill(8),
    server: server.url,
  })
  await other.account.login({ login: CREDENTIALS.username, password: CREDENTIALS.password })
  await other.account.delete(CREDENTIALS.password)
  expect(other.account.current()).toBeUndefined()
  await other.close()

  await until(() => device.sync.status.problem === 'account-deleted')
  expect(device.sync.status.state).toBe('problem')
  expect(device.account.current()).toBeUndefined()
  await device.votes.cast('hr9-118', 'no')
  expect(bills(device).sort()).toEqual(['hr8-118', 'hr9-118'])
  await device.close()

  const reopened = await open()
  expect(reopened.sync.status.problem).toBe('account-deleted')
  expect(bills(reopened).sort()).toEqual(['hr8-118', 'hr9-118'])
  await reopened.close()
  const pool = createPool(server.databases.databaseUrl, { max: 1 })
  expect((await pool.query('select from users')).rowCount).toBe(0)
  expect((await pool.query('select from document_updates')).rowCount).toBe(0)
  await pool.end()
})
