// Learning paths: for everybody, with a person's own progress, looked after by admins, and in the SDK.
import { createMemoryStore, openClient } from '@workforce-democracy/client/node'
import type { LearningPath, SessionResponse } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Context, createContext } from '../../server/src/context.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { registerAdmin } from '../support/admins.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: Pool
let context: Context
let admin: SessionResponse
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl, { max: 2 })
  context = await createContext(server.config, pino({ level: 'silent' }))
  await importStarter(pool)
  admin = await registerAdmin(server)
})
afterAll(async () => {
  await context[Symbol.asyncDispose]()
  await pool.end()
  await server[Symbol.asyncDispose]()
})

const get = (path: string, token?: string) => server.call('GET', path, token === undefined ? {} : { token })
const as = (method: string, path: string, body?: unknown) =>
  server.call(method, path, { token: admin.accessToken, ...(body !== undefined && { body }) })
const PATH = '/api/learning/paths/workplace-democracy-101'
const seen = (percent: number, completed: boolean) => ({
  percent,
  seconds: 60,
  viewedAt: '2026-01-01T00:00:00.000Z',
  ...(completed && { completedAt: '2026-01-02T00:00:00.000Z' }),
})

describe('paths', () => {
  test('[O16] are published in the catalog, whose version tells of them, and are made of what is in it', async () => {
    const { paths, resources, version } = (await get('/api/resources/catalog')).body
    expect(paths.length).toBeGreaterThan(2)
    const ids = new Set(resources.map(({ id }: { id: string }) => id))
    for (const { steps } of paths as LearningPath[]) {
      expect(steps.length).toBeGreaterThan(1)
      for (const { resourceId } of steps) expect(ids.has(resourceId)).toBe(true)
    }
    const { items, nextCursor } = (await get('/api/learning/paths?limit=2')).body
    const rest = (await get(`/api/learning/paths?cursor=${nextCursor}`)).body
    expect([...items, ...rest.items]).toEqual(paths)
    await pool.query(`update learning_paths set title = title || '!' where id = 'rights-at-work'`)
    await pool.query('update catalog_revisions set revision = revision + 1')
    expect((await get('/api/resources/catalog')).body.version).not.toBe(version)
  })

  test('[O16] come with the progress of the person who asks, where that is open, and else without', async () => {
    const open = await server.register({ personalizedRecommendations: true })
    const closed = await server.register()
    const { steps }: LearningPath = (await get(PATH)).body.path
    const ref = { personId: open.user.id, document: 'progress' } as const
    await context.writer.write(ref, () => [
      // An alias of the first step.
      { key: 'seen/article2/aaaaaaaa', value: seen(100, true) },
      { key: `seen/${steps[1]!.resourceId}/aaaaaaaa`, value: seen(30, false) },
      { key: `seen/${steps[1]!.resourceId}/bbbbbbbb`, value: seen(50, false) },
    ])
    const { body } = await get(PATH, open.accessToken)
    expect(body.progress).toEqual({
      completed: 1,
      total: 5,
      requiredCompleted: 1,
      requiredTotal: 3,
      percent: 50,
      nextResourceId: steps[1]!.resourceId,
      done: false,
    })
    expect((await get(PATH)).body).toEqual({ path: body.path, progress: null })
    expect((await get(PATH, closed.accessToken)).body.progress).toBeNull()
    expect((await get(PATH, 'nonsense')).status).toBe(401)
    expect((await get('/api/learning/paths/no-such-path')).body.code).toBe('not-found')
    const answer = await fetch(server.url + PATH, {
      headers: { authorization: `Bearer ${open.accessToken}` },
    })
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect((await fetch(server.url + PATH)).headers.get('vary')).toContain('Authorization')
  })

  test('[O16] are added, changed and deleted by admins, which is recorded and published at once', async () => {
    const path = {
      id: 'made-up-path',
      title: 'A made-up path',
      description: null,
      level: 'beginner',
      estimatedMinutes: 30,
      steps: [
        { resourceId: 'study1', required: true },
        { resourceId: 'study2', required: false },
      ],
    }
    const { status, body: added } = await as('POST', '/api/learning/paths', path)
    expect(status).toBe(201)
    expect((await get('/api/learning/paths/made-up-path')).body.path).toEqual(added)
    expect((await as('POST', '/api/learning/paths', path)).body.code).toBe('already-exists')
    const { id, ...change } = { ...path, title: 'Changed', steps: path.steps.toReversed() }
    const { body: changed } = await as('PUT', `/api/learning/paths/${id}`, change)
    expect(changed.steps).toEqual(added.steps.toReversed())
    expect((await get('/api/learning/paths/made-up-path')).body.path).toEqual(changed)

    // What is archived is no step; a path without any is not shown.
    for (const { resourceId } of changed.steps) await as('DELETE', `/api/resources/${resourceId}`)
    expect((await get('/api/learning/paths/made-up-path')).status).toBe(404)

    expect((await as('DELETE', `/api/learning/paths/${id}`)).status).toBe(204)
    expect((await as('DELETE', `/api/learning/paths/${id}`)).status).toBe(404)
    const log = (await as('GET', '/api/admin/audit-log?limit=5')).body.items
    expect(log.map(({ action, subject }: { action: string; subject: string }) => [action, subject])).toEqual([
      ['path-delete', 'path/made-up-path'],
      ['resource-archive', `resource/${changed.steps[1].resourceId}`],
      ['resource-archive', `resource/${changed.steps[0].resourceId}`],
      ['path-change', 'path/made-up-path'],
      ['path-create', 'path/made-up-path'],
    ])
    expect(log[3].detail).toEqual({ from: added, to: changed })
    const twice = [path.steps[0], { resourceId: 'study1', required: false }]
    for (const steps of [[], [{ resourceId: 'no-such-one', required: true }], twice])
      expect((await as('POST', '/api/learning/paths', { ...path, steps })).body.code).toBe('invalid-input')
  })

  test('[O16] the SDK works out the same on the device, and asks nobody', async () => {
    await using client = await openClient({
      storage: createMemoryStore(),
      server: server.url,
      storeSecret: new Uint8Array(32).fill(7),
    })
    expect(client.paths.list()).toEqual([])
    await client.catalogs.refresh()
    const { path }: { path: LearningPath } = (await get(PATH)).body
    await client.progress.complete('article2')
    await client.progress.record(path.steps[1]!.resourceId, { percent: 50, seconds: 1 })
    expect(client.paths.get(path.id)).toMatchObject({
      ...path,
      progress: { completed: 1, percent: 50, nextResourceId: path.steps[1]!.resourceId },
    })
    expect(client.paths.list().map(({ id }) => id)).toContain(path.id)
    expect(client.paths.get('no-such-path')).toBeUndefined()
  })
})
