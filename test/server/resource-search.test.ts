// Search of learning resources, through HTTP and Postgres.
import type { ResourceSearchPage } from '@workforce-democracy/shared'
import fc from 'fast-check'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCatalogs } from '../../server/src/catalog/catalogs.ts'
import { nearestWords, swappedForms, typoDistance } from '../../server/src/catalog/typos.ts'
import { bumpRevision } from '../../server/src/db/imports.ts'
import { createProblemHandler } from '../../server/src/http/problem-handler.ts'
import { createResourceRoutes } from '../../server/src/http/resource-routes.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { createImportDesk } from '../support/importing.ts'

const desk = await createImportDesk()
afterAll(() => desk[Symbol.asyncDispose]())

const catalogs = createCatalogs({ pool: desk.pool })
const app = new Hono()
app.route('/api/resources', createResourceRoutes({ pool: desk.pool, catalogs }))
app.onError(createProblemHandler({ logger: pino({ level: 'silent' }) }))

const MADE_UP: readonly (readonly [title: string, topics: string, description: string, author: string])[] = [
  ['Quokkas', 'housing', 'About animals.', 'Ada Example'],
  ['Animals of islands', 'quokkas', 'About animals.', 'Ada Example'],
  ['Islands', 'housing', 'Where a quokka lives: <b>quokka</b> & co.', 'Ada Example'],
  ['Reefs', 'housing', 'About water.', 'Grace Quokka'],
  ['Árvíz és aszály', 'housing', 'Két könyv a vízről.', 'Ada Example'],
]

beforeAll(async () => {
  await importStarter(desk.pool)
  for (const [n, [title, topics, description, author]] of MADE_UP.entries())
    await desk.pool.query(
      `insert into learning_resources (id, source_key, origin, type, title, topics, description, author)
       values ($1, $2, 'made-up', 'articles', $3, array[$4], $5, $6)`,
      [`00000000-0000-5000-8000-00000000000${n}`, `made-up-${n}`, title, topics, description, author],
    )
  await bumpRevision(desk.pool, 'resources')
})

async function search(q: string, more = ''): Promise<ResourceSearchPage> {
  const answer = await app.request(`/api/resources/search?q=${encodeURIComponent(q)}${more}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as ResourceSearchPage
}
const titles = ({ items }: ResourceSearchPage) => items.map(({ resource }) => resource.title)

describe('[O13] search', () => {
  test('puts a word in the title before one in the topics, the description and the author', async () => {
    expect(titles(await search('quokka'))).toEqual(['Quokkas', 'Animals of islands', 'Islands', 'Reefs'])
  })

  test('finds every word or its stem, takes the last one for a beginning, and passes over words like “the”', async () => {
    const { items } = await search('the workers cooperatives')
    expect(items.length).toBeGreaterThan(0)
    for (const { resource } of items)
      expect(`${resource.title} ${resource.description} ${resource.topics}`).toMatch(/co-?operative/i)
    expect(titles(await search('the quokkas'))).toContain('Quokkas')
    expect(titles(await search('what is participatory bud'))).toEqual(['What is participatory budgeting?'])
    expect(titles(await search('bud participatory'))).toEqual([])
    expect(titles(await search('q'))).toEqual([])
    expect(titles(await search('ÁRVÍZ'))).toEqual(['Árvíz és aszály'])
  })

  test('finds what is mistyped where nothing has it as it is, and says so', async () => {
    for (const typo of ['quokks', 'qoukka', 'quoka', 'quokkka', 'unoin', 'partcipatory budgetting']) {
      const page = await search(typo)
      expect([typo, page.similar, page.items.length > 0]).toEqual([typo, true, true])
    }
    expect(await search('quokka')).toMatchObject({ similar: false })
    expect(await search('zzzzzzzz')).toEqual({ items: [], nextCursor: null, similar: false })
  })

  test('marks the words as ranges of the texts, which stay as they are', async () => {
    const { items } = await search('quokk')
    const { resource, highlights } = items.find(each => each.resource.title === 'Islands')!
    expect(resource.description).toBe(MADE_UP[2]![2])
    expect(highlights.title).toEqual([])
    expect(highlights.description.map(([start, end]) => resource.description!.slice(start, end))).toEqual([
      'quokka',
      'quokka',
    ])
    const withPassedOver = (await search('a quokka')).items
    expect(withPassedOver.find(each => each.resource.title === 'Islands')?.highlights).toEqual(highlights)
    const [typo] = (await search('quoka')).items
    expect(typo?.highlights.title).toEqual([[0, 7]])
  })

  test('keeps to the filters, and to what is shown', async () => {
    expect(titles(await search('quokka', '&topic=quokkas'))).toEqual(['Animals of islands'])
    expect(titles(await search('quokka', '&type=videos'))).toEqual([])
    expect(titles(await search('quokka', '&verified=true'))).toEqual([])
    await desk.pool.query(`update learning_resources set status = 'archived' where title = 'Reefs'`)
    expect(titles(await search('quokka'))).not.toContain('Reefs')
    await desk.pool.query(`update learning_resources set status = 'active' where title = 'Reefs'`)
  })

  test('gives each result once over all pages, in one order, also of similar words', async () => {
    for (const q of ['democracy', 'demorcacy']) {
      const whole = await search(q, '&limit=100')
      expect(whole.items.length).toBeGreaterThan(3)
      const paged: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: ResourceSearchPage = await search(q, `&limit=2${cursor && `&cursor=${cursor}`}`)
        expect(page.similar).toBe(whole.similar)
        paged.push(...titles(page))
        cursor = page.nextCursor
      }
      expect(paged).toEqual(titles(whole))
    }
    const { nextCursor } = await search('democracy', '&limit=1')
    const other = await app.request(`/api/resources/search?q=labor&limit=1&cursor=${nextCursor}`)
    expect(await other.json()).toMatchObject({ code: 'invalid-input' })
  })

  test.each(['', '&!|:*()<->', "'; drop table users; --", '\\', '%_', 'the', '\u0000'])(
    'takes %j for words, and never for a command',
    async q => {
      expect(Array.isArray((await search(q)).items)).toBe(true)
    },
  )
})

test('[O12] a resource is found by its id, in any case, and by its alias', async () => {
  const byAlias = await (await app.request('/api/resources/video1')).json()
  expect(byAlias).toMatchObject({ aliases: ['video1'] })
  const byId = await app.request(`/api/resources/${String(byAlias.id).toUpperCase()}`)
  expect(await byId.json()).toEqual(byAlias)
  expect((await app.request('/api/resources/no-such-one')).status).toBe(404)
})

describe('what is near to a word', () => {
  const word = fc.stringMatching(/^[a-z]{4,12}$/)

  test('has one letter more, less, another, or two swapped', () => {
    const edits = fc.tuple(word, fc.nat(), fc.constantFrom(...'abcxyz')).chain(([typed, seed, letter]) => {
      const at = seed % typed.length
      return fc.constantFrom(
        [typed, typed.slice(0, at) + letter + typed.slice(at)],
        [typed, typed.slice(0, at) + letter + typed.slice(at + 1)],
        [typed, typed.slice(0, at) + typed.slice(at + 1)],
        [typed, swappedForms(typed)[at % (typed.length - 1)]!],
      ) as fc.Arbitrary<[string, string]>
    })
    fc.assert(
      fc.property(edits, ([typed, meant]) => {
        expect(nearestWords(typed, [meant, 'made-up-and-far-away'])).toEqual([meant])
      }),
    )
  })

  test('is as far as it is from there, and never nearer than the lengths say', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(typoDistance(a, b)).toBe(typoDistance(b, a))
        expect(typoDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
        expect(typoDistance(a, b) === 0).toBe(a === b)
      }),
    )
  })
})
