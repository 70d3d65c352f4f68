// What everybody may fetch: lists with cursors, and each catalog as one file.

import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type {
  Bill,
  BillAnswer,
  BillItem,
  Page,
  Representative,
  RepresentativeAnswer,
  Resource,
  SessionResponse,
} from '@workforce-democracy/shared'
import { canonicalBytes, unpackPositions } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/src/app.ts'
import { preferredCoding } from '../../server/src/catalog/catalog-response.ts'
import { createCatalogs } from '../../server/src/catalog/catalogs.ts'
import { createContext } from '../../server/src/context.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { createImportDesk, rollCall } from '../support/importing.ts'
import { testConfig } from '../support/server.ts'

const desk = await createImportDesk()
afterAll(() => desk[Symbol.asyncDispose]())
beforeAll(() => importStarter(desk.pool))

const catalogs = createCatalogs({ pool: desk.pool })
const context = await createContext(testConfig(desk.databases), pino({ level: 'silent' }))
afterAll(() => context[Symbol.asyncDispose]())
const app = createApp(context)

async function get<T>(path: string): Promise<T> {
  const answer = await app.request(path)
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

async function allPages<T>(path: string): Promise<T[]> {
  const items: T[] = []
  let cursor = ''
  do {
    const page: Page<T> = await get(`${path}&limit=7${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    items.push(...page.items)
    cursor = page.nextCursor ?? ''
  } while (cursor)
  return items
}

describe('GET /api/resources', () => {
  test.each(['title', 'newest', 'rating', 'popularity'])(
    'sorted by %s gives every resource once over its pages',
    async sort => {
      const { resources } = await catalogs.resources()
      const items = await allPages<Resource>(`/api/resources?sort=${sort}`)
      expect(items.map(({ id }) => id).sort()).toEqual(resources.map(({ id }) => id))
      const whole: Page<Resource> = await get(`/api/resources?sort=${sort}&limit=100`)
      expect(whole).toEqual({ items, nextCursor: null })
    },
  )

  test('is in the order asked for', async () => {
    const titles = (await allPages<Resource>('/api/resources?sort=title')).map(({ title }) =>
      title.toLowerCase(),
    )
    expect(titles).toEqual([...titles].sort())
    const dates = (await allPages<Resource>('/api/resources?sort=newest')).map(
      ({ publishedOn }) => publishedOn ?? '',
    )
    expect(dates).toEqual([...dates].sort().reverse())
  })

  test('gives what all filters let through', async () => {
    const items = await allPages<Resource>(
      '/api/resources?type=videos&topic=labor&difficulty=beginner&verified=true',
    )
    const { resources } = await catalogs.resources()
    expect(items.length).toBeGreaterThan(0)
    expect(items.length).toBe(
      resources.filter(r => r.type === 'videos' && r.topics.includes('labor') && r.difficulty === 'beginner')
        .length,
    )
    expect(await allPages('/api/resources?verified=false')).toEqual([])
    expect(await allPages('/api/resources?topic=no-such-topic')).toEqual([])
  })

  test('goes on behind a cursor also when its item is gone', async () => {
    const first: Page<Resource> = await get('/api/resources?limit=5')
    const rest: Page<Resource> = await get(`/api/resources?limit=100&cursor=${first.nextCursor}`)
    const last = first.items.at(-1)!
    const change = async (status: string) => {
      await desk.pool.query('update learning_resources set status = $1 where id = $2', [status, last.id])
      await desk.pool.query('update catalog_revisions set revision = revision + 1')
    }
    await change('archived')
    expect(await get(`/api/resources?limit=100&cursor=${first.nextCursor}`)).toEqual(rest)
    await change('active')
  })

  test.each([
    'type=books',
    'difficulty=hard',
    'verified=yes',
    'sort=random',
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=nonsense',
    `cursor=${Buffer.from('["newest",1,"a"]').toString('base64url')}`,
    `cursor=${Buffer.from('["title",{}]').toString('base64url')}`,
  ])('with %s is refused', async query => {
    const answer = await app.request(`/api/resources?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(await answer.json()).toMatchObject({ code: 'invalid-input' })
  })
})

describe('GET /api/civic/bills', () => {
  test('gives every bill once, the latest vote first, bills without one last', async () => {
    const { bills } = await catalogs.civic()
    const items = await allPages<Bill>('/api/civic/bills?')
    expect(items.map(({ id }) => id).sort()).toEqual(bills.map(({ id }) => id))
    const dates = items.map(({ lastVotedOn }) => lastVotedOn ?? '')
    expect(dates).toEqual([...dates].sort().reverse())
  })

  test('filters by level, jurisdiction and congress', async () => {
    expect((await allPages<Bill>('/api/civic/bills?level=state')).map(({ id }) => id)).toEqual([
      'us-ca:ab5-2019',
    ])
    expect((await allPages<Bill>('/api/civic/bills?jurisdiction=gb')).map(({ id }) => id)).toEqual([
      'gb:3737',
    ])
    const old = await allPages<Bill>('/api/civic/bills?congress=117')
    expect(new Set(old.map(({ congress }) => congress))).toEqual(new Set([117]))
  })

  test.each(['level=world', 'jurisdiction=USA', 'congress=x', 'cursor=nonsense'])(
    'with %s is refused',
    async query => {
      const answer = await app.request(`/api/civic/bills?${query}`)
      expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({
        status: 400,
        code: 'invalid-input',
      })
    },
  )
})

describe('GET /api/civic/bills', () => {
  test('[O28] finds bills by words, form and whether they were decided on', async () => {
    const { bills } = await catalogs.civic()
    const some = bills.find(({ lastVotedOn }) => lastVotedOn !== null)!
    const words = some.name.toUpperCase().split(' ').slice(0, 3).join(' ')
    expect(
      (await allPages<Bill>(`/api/civic/bills?q=${encodeURIComponent(words)}`)).map(({ id }) => id),
    ).toContain(some.id)
    expect((await allPages<Bill>(`/api/civic/bills?q=${some.id}`)).map(({ id }) => id)).toEqual([some.id])
    expect(await allPages('/api/civic/bills?q=nobody-ever-wrote-this')).toEqual([])
    const of = async (query: string) => (await allPages<Bill>(`/api/civic/bills?${query}`)).length
    expect(await of('status=decided')).toBe(bills.filter(({ lastVotedOn }) => lastVotedOn).length)
    expect((await of('status=decided')) + (await of('status=undecided'))).toBe(bills.length)
    expect(await of('type=hr')).toBe(bills.filter(({ billForm }) => billForm === 'hr').length)
  })

  test('[O28] tells who may see it how they voted, and nobody else', async () => {
    const post = (path: string, body: object, headers = {}) =>
      app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
    const account = { username: 'made-up-reader', password: 'a made-up password' }
    const privacy = { civicEngagementTracking: true }
    const session = await (await post('/api/auth/register', { ...account, privacy })).json()
    const headers = { authorization: `Bearer ${(session as SessionResponse).accessToken}` }
    const mine = async (path: string) =>
      (await (await app.request(path, { headers })).json()) as Page<BillItem> & BillAnswer
    const { bills } = await catalogs.civic()
    const { id } = bills[3]!
    await post('/api/civic/vote', { billId: id, choice: 'no' }, headers)
    expect((await mine('/api/civic/bills?voted=true')).items).toEqual([{ ...bills[3], myVote: 'no' }])
    expect((await mine('/api/civic/bills?voted=false&limit=100')).items).toHaveLength(bills.length - 1)
    expect((await mine(`/api/civic/bills/${id}`)).bill.myVote).toBe('no')
    expect((await get<BillAnswer>(`/api/civic/bills/${id}`)).bill.myVote).toBeNull()
    expect((await app.request('/api/civic/bills?voted=true')).status).toBe(401)
    const { headers: own } = await app.request('/api/civic/bills', { headers })
    const { headers: everybodys } = await app.request('/api/civic/bills')
    expect(own.get('cache-control')).toBe('private, no-store')
    expect(everybodys.get('cache-control')).toMatch(/^public/)
    expect(everybodys.get('vary')).toMatch(/authorization/i)
  })

  test('[O28] shows how each member voted', async () => {
    const civic = await catalogs.civic()
    const rollCall = civic.rollCalls[0]!
    const answer = await get<BillAnswer>(`/api/civic/bills/${rollCall.billId}`)
    const shown = answer.rollCalls.find(({ id }) => id === rollCall.id)!
    const positions = unpackPositions(rollCall.positions, civic.representatives.length)
    expect(shown.positions.map(({ representative, position }) => [representative.id, position])).toEqual(
      civic.representatives.flatMap(({ id }, index) =>
        positions[index] ? [[id, [null, 'yes', 'no', 'not-voting'][positions[index]]]] : [],
      ),
    )
    expect(shown.positions.length).toBeGreaterThan(0)
    expect((await app.request('/api/civic/bills/hr1-99')).status).toBe(404)
  })
})

describe('GET /api/civic/representatives', () => {
  test('[O28] finds by state, chamber and name, each once over the pages', async () => {
    const { representatives } = await catalogs.civic()
    const all = await allPages<Representative>('/api/civic/representatives?')
    expect(all.map(({ id }) => id).sort()).toEqual(representatives.map(({ id }) => id).sort())
    const vermont = await allPages<Representative>('/api/civic/representatives?state=VT&chamber=senate')
    expect(vermont.map(({ id }) => id).sort()).toEqual(
      representatives
        .filter(r => r.state === 'VT' && r.chamber === 'senate')
        .map(({ id }) => id)
        .sort(),
    )
    const { id, name } = representatives[0]!
    const part = encodeURIComponent(name.slice(1, 8).toUpperCase())
    expect(
      (await allPages<Representative>(`/api/civic/representatives?name=${part}`)).map(r => r.id),
    ).toContain(id)
    const { representative, votes } = await get<RepresentativeAnswer>(`/api/civic/representatives/${id}`)
    expect(representative).toEqual(representatives[0])
    expect(votes.map(({ rollCallId }) => rollCallId).length).toBeGreaterThan(0)
    expect((await app.request('/api/civic/representatives/X000000')).status).toBe(404)
  })
})

describe.each(['/api/resources/catalog', '/api/civic/catalog'])('GET %s', path => {
  const request = (headers: Record<string, string> = {}) => app.request(path, { headers })

  test('is one cacheable file under the hash of its content', async () => {
    const answer = await request()
    const { version, ...content } = await answer.json()
    expect(version).toBe(createHash('sha256').update(canonicalBytes(content)).digest('base64url'))
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: `"${version}"`,
      'cache-control': expect.stringMatching(/^public, max-age=\d+, stale-while-revalidate=\d+$/),
      vary: expect.stringMatching(/accept-encoding/i),
      'content-type': expect.stringContaining('application/json'),
    })
    expect(answer.headers.has('content-encoding')).toBe(false)
  })

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('comes in %s to those who take it, under an ETag of its own', async (coding, unpack) => {
    const plain = await (await request()).text()
    const answer = await request({ 'accept-encoding': coding })
    expect(answer.headers.get('content-encoding')).toBe(coding)
    expect(answer.headers.get('etag')).toMatch(new RegExp(`^"[\\w-]{43}\\.${coding}"$`))
    expect(unpack(Buffer.from(await answer.arrayBuffer())).toString()).toBe(plain)
  })

  test('is not sent again to those who have it in any coding', async () => {
    const etag = (await request()).headers.get('etag')!
    const version = etag.slice(1, -1)
    for (const tag of [etag, `W/${etag}`, `"other", "${version}.br"`, '*']) {
      const answer = await request({ 'if-none-match': tag, 'accept-encoding': 'gzip' })
      expect(answer.status).toBe(304)
      expect(await answer.text()).toBe('')
      expect(answer.headers.get('etag')).toBe(`"${version}.gzip"`)
      expect(answer.headers.has('content-encoding')).toBe(false)
    }
    expect((await request({ 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('is another after an import', async () => {
    const etag = (await request()).headers.get('etag')!
    await desk.importLines('rollcalls', [
      rollCall({ vote_id: `h${path.length}-99.2025`, subject: `Example ${path} Housing Act` }),
    ])
    expect((await request({ 'if-none-match': etag })).status).toBe(200)
  })
})

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['deflate', 'identity'],
  ['identity, gzip;q=0.5', 'identity'],
  ['BR', 'br'],
])('Accept-Encoding %s is answered in %s', (header, coding) => {
  expect(preferredCoding(header)).toBe(coding)
})
