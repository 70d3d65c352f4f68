// Learning resources as admins look after them, against a running server.
import type { AdminResource, SessionResponse } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { upsertResources } from '../../server/src/db/resources.ts'
import { toResource } from '../../server/src/import/formats/resource-fields.ts'
import { registerAdmin } from '../support/admins.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: Pool
let admin: SessionResponse
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl, { max: 2 })
  admin = await registerAdmin(server)
})
afterAll(async () => {
  await pool.end()
  await server[Symbol.asyncDispose]()
})

const input = {
  type: 'articles',
  title: 'A made-up guide',
  description: 'First line.\nSecond line.',
  contentUrl: 'https://example.org/guide',
  thumbnailUrl: null,
  durationMinutes: 12,
  difficulty: 'beginner',
  topics: ['labor'],
  author: 'Ada Example',
  sourceOrganization: null,
  publishedOn: '2026-01-15',
  aliases: ['guide1'],
  verified: true,
}
const as = (method: string, path: string, body?: unknown) =>
  server.call(method, path, { token: admin.accessToken, ...(body !== undefined && { body }) })
const version = async () => (await server.call('GET', '/api/resources/catalog')).body.version
const lastEntry = async () => (await as('GET', '/api/admin/audit-log?limit=1')).body.items[0]

/** What an importer knows of a resource at this address. */
const imported = (url: string, title: string) =>
  toResource({ sourceKey: url, origin: 'made-up', type: 'articles', title, contentUrl: url, topics: [] })

describe('a resource of an admin', () => {
  test('[O14] is published at once and recorded; of one address there is one', async () => {
    const before = await version()
    const { status, body } = await as('POST', '/api/resources', input)
    expect([status, body.origin, body.status]).toEqual([201, 'admin', 'active'])
    expect(body.resource).toMatchObject({ ...input, viewCount: 0, ratingMean: null })
    expect((await server.call('GET', '/api/resources/guide1')).body).toEqual(body.resource)
    expect(await version()).not.toBe(before)
    expect(await lastEntry()).toMatchObject({
      adminId: admin.user.id,
      action: 'resource-create',
      subject: `resource/${body.resource.id}`,
      detail: { title: input.title },
    })
    expect(await as('POST', '/api/resources', input)).toMatchObject({
      status: 409,
      body: { code: 'already-exists' },
    })
    const withoutAddress = { ...input, contentUrl: null, aliases: [] }
    expect((await as('POST', '/api/resources', withoutAddress)).status).toBe(201)
    expect((await as('POST', '/api/resources', withoutAddress)).status).toBe(201)
  })

  test('[O14] importing again writes over what nobody has edited, and over nothing that an admin has', async () => {
    const url = 'https://example.org/imported'
    const { id } = imported(url, '')
    const titleAfterImport = async (title: string) => {
      await upsertResources(pool, [imported(url, title)])
      const { rows } = await pool.query('select title from learning_resources where id = $1', [id])
      return rows[0].title
    }
    expect(await titleAfterImport('One')).toBe('One')
    expect(await titleAfterImport('Two')).toBe('Two')
    const change = { ...input, title: 'Edited', contentUrl: url, aliases: [] }
    expect((await as('PUT', `/api/resources/${id}`, change)).status).toBe(200)
    expect((await lastEntry()).detail.title).toEqual({ from: 'Two', to: 'Edited' })
    expect(await titleAfterImport('Three')).toBe('Edited')
  })

  test('[O15] that is deleted is archived: shown nowhere, kept for admins, left so by importing, and comes back', async () => {
    const url = 'https://example.org/archived'
    const { id } = imported(url, '')
    await upsertResources(pool, [imported(url, 'Zebras')])
    expect(await as('DELETE', `/api/resources/${id}`)).toMatchObject({ status: 204 })
    expect(await lastEntry()).toMatchObject({ action: 'resource-archive', subject: `resource/${id}` })
    await upsertResources(pool, [imported(url, 'Zebras again')])
    expect((await server.call('GET', `/api/resources/${id}`)).body.code).toBe('not-found')
    expect((await server.call('GET', '/api/resources/search?q=zebras')).body.items).toEqual([])
    const { items } = (await as('GET', '/api/admin/resources?status=archived')).body
    expect(items.map(({ resource }: AdminResource) => resource.id)).toEqual([id])
    const change = { ...input, title: 'Zebras', contentUrl: url, aliases: [] }
    expect((await as('PUT', `/api/resources/${id}`, change)).body.status).toBe('archived')
    expect((await as('PUT', `/api/resources/${id}`, { ...change, status: 'active' })).status).toBe(200)
    expect((await server.call('GET', '/api/resources/search?q=zebras')).body.items).toHaveLength(1)
  })

  test('[O14] admins see all of them in pages', async () => {
    const ids: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await as('GET', `/api/admin/resources?limit=2${cursor && `&cursor=${cursor}`}`)
      ids.push(...body.items.map(({ resource }: AdminResource) => resource.id))
      cursor = body.nextCursor
    }
    const { rows } = await pool.query('select id from learning_resources order by id')
    expect(ids).toEqual(rows.map(({ id }) => id))
  })

  test('[O1] is for admins only, and one that is not there is not found', async () => {
    const { accessToken: token } = await server.register()
    for (const [method, path] of [
      ['POST', '/api/resources'],
      ['PUT', '/api/resources/01985a3c-0000-7000-8000-0000000000ff'],
      ['DELETE', '/api/resources/01985a3c-0000-7000-8000-0000000000ff'],
    ] as const) {
      expect(await server.call(method, path, { token, body: input })).toMatchObject({ status: 403 })
      if (method !== 'POST') expect((await as(method, path, input)).status).toBe(404)
    }
  })

  test.each([
    { title: '' },
    { title: 'a\u0000b' },
    { title: 'a\nb' },
    { description: 'half \ud800' },
    { contentUrl: 'javascript:alert(1)' },
    { topics: ['no-such-topic'] },
    { publishedOn: '2026-02-30' },
    { aliases: ['with blank'] },
    { durationMinutes: 0 },
  ])('[O14] with %j is refused', async wrong => {
    expect(await as('POST', '/api/resources', { ...input, ...wrong })).toMatchObject({
      status: 400,
      body: { code: 'invalid-input' },
    })
  })
})
