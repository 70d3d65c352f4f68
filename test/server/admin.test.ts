// The role of admins and the log of what they do.
import { randomUUID } from 'node:crypto'
import type { SessionResponse } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AdminAction, recordAdminAction } from '../../server/src/db/admin-audit.ts'
import { createPool, inTransaction, type Pool } from '../../server/src/db/database.ts'
import { registerAdmin, withAdmins } from '../support/admins.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

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

const nameOf = ({ user }: SessionResponse) => user.username ?? ''
const readLog = ({ accessToken: token }: SessionResponse, query = '') =>
  server.call('GET', `/api/admin/audit-log${query}`, { token })
const record = (action: AdminAction) => inTransaction(pool, db => recordAdminAction(db, action))

describe('the role', () => {
  test('[O1] is refused to everybody, given by name, and gone with the next request once it is taken away', async () => {
    const person = await server.register()
    expect(await readLog(person)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await withAdmins(server, admins => admins.grant(nameOf(person).toUpperCase()))).toBe(true)
    expect(await withAdmins(server, admins => admins.grant(nameOf(person)))).toBe(false)
    expect((await readLog(person)).status).toBe(200)
    expect(await withAdmins(server, admins => admins.list())).toContainEqual({
      id: person.user.id,
      name: nameOf(person),
      grantedOn: new Date().toISOString().slice(0, 10),
    })
    expect(await withAdmins(server, admins => admins.revoke(nameOf(person)))).toBe(true)
    expect(await withAdmins(server, admins => admins.revoke(nameOf(person)))).toBe(false)
    expect(await readLog(person)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })

  test('[O1] is given to nobody by an unknown name', async () => {
    for (const verb of ['grant', 'revoke'] as const)
      await expect(withAdmins(server, admins => admins[verb]('made-up-nobody'))).rejects.toMatchObject({
        code: 'not-found',
      })
  })

  test('shows in what the person gets of the account', async () => {
    const [admin, person] = [await registerAdmin(server), await server.register()]
    const exported = async ({ accessToken: token }: SessionResponse) =>
      (await server.call('GET', '/api/user/data-export', { token })).body.account.admin
    expect(await exported(admin)).toBe(true)
    expect(await exported(person)).toBe(false)
  })
})

describe('the audit log', () => {
  test('[O2] has grants, revocations and actions, the latest first, in pages', async () => {
    const admin = await registerAdmin(server)
    const other = await registerAdmin(server)
    const subject = `resource/${randomUUID()}`
    await record({
      adminId: admin.user.id,
      action: 'resource-archive',
      subject,
      detail: { status: 'hidden' },
    })
    await withAdmins(server, admins => admins.revoke(nameOf(other)))
    const first = (await readLog(admin, '?limit=2')).body
    expect(first.items).toMatchObject([
      { action: 'role-revoke', adminId: other.user.id, subject: 'role/admin' },
      { action: 'resource-archive', adminId: admin.user.id, subject, detail: { status: 'hidden' } },
    ])
    const second = (await readLog(admin, `?limit=2&cursor=${first.nextCursor}`)).body
    expect(second.items).toMatchObject([
      { action: 'role-grant', adminId: other.user.id },
      { action: 'role-grant', adminId: admin.user.id },
    ])
    expect(await readLog(admin, '?cursor=nonsense')).toMatchObject({ status: 400 })
  })

  test('[O2] an action of who has lost the role meanwhile is undone, and not recorded', async () => {
    const admin = await registerAdmin(server)
    await withAdmins(server, admins => admins.revoke(nameOf(admin)))
    const action = { adminId: admin.user.id, action: 'resource-archive', subject: 'resource/made-up' }
    await expect(record(action)).rejects.toMatchObject({ code: 'forbidden' })
    const person = { ...action, adminId: randomUUID() }
    await expect(record(person)).rejects.toMatchObject({ code: 'forbidden' })
    const { rowCount } = await pool.query(`select from admin_audit_log where subject = 'resource/made-up'`)
    expect(rowCount).toBe(0)
  })

  test('[O2] keeps what was done by a deleted account, without its id', async () => {
    const password = 'a made-up password'
    const username = `admin-${randomUUID()}`
    const session: SessionResponse = (
      await server.call('POST', '/api/auth/register', { body: { username, password } })
    ).body
    await withAdmins(server, admins => admins.grant(username))
    const subject = `bill/${randomUUID()}`
    await record({ adminId: session.user.id, action: 'bill-edit', subject })
    const { accessToken: token } = session
    expect((await server.call('DELETE', '/api/user/account', { token, body: { password } })).status).toBe(204)
    const { rows } = await pool.query(
      'select action, admin_id, detail from admin_audit_log where subject = $1',
      [subject],
    )
    expect(rows).toEqual([{ action: 'bill-edit', admin_id: null, detail: null }])
    const { rows: left } = await pool.query('select from admin_audit_log l where l::text like $1', [
      `%${session.user.id}%`,
    ])
    expect(left).toEqual([])
  })
})

test("[O3] an admin gets nothing of other people's: not by their ids, not by their devices", async () => {
  const [admin, person] = [await registerAdmin(server), await server.register()]
  const { accessToken: token } = admin
  const { id } = person.user
  for (const path of ['/api/admin/users', `/api/admin/users/${id}`, `/api/users/${id}`, `/api/user/${id}`])
    expect((await server.call('GET', path, { token })).status).toBe(404)
  const devices = await server.call('GET', '/api/user/devices', { token: person.accessToken })
  const path = `/api/user/devices/${devices.body.items[0].id}`
  expect((await server.call('DELETE', path, { token })).status).toBe(404)
})

test('[O11] a suspended account is signed out and not let in, until it is restored', async () => {
  const password = 'a made-up password'
  const username = `suspended-${randomUUID()}`
  const { body } = await server.call('POST', '/api/auth/register', { body: { username, password } })
  const signIn = () => server.call('POST', '/api/auth/login', { body: { login: username, password } })
  const change = (verb: 'suspend' | 'restore') => withAdmins(server, admins => admins[verb](username))
  expect([await change('suspend'), await change('suspend')]).toEqual([true, false])
  expect((await server.call('GET', '/api/user/devices', { token: body.accessToken })).status).toBe(401)
  expect(await signIn()).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  const { refreshToken } = body
  expect((await server.call('POST', '/api/auth/refresh-token', { body: { refreshToken } })).status).toBe(401)
  expect([await change('restore'), await change('restore')]).toEqual([true, false])
  expect((await signIn()).status).toBe(200)
})
