// The published catalogs and the starter set.
import {
  districtsOf,
  parseBillId,
  positionAt,
  type ResourceCatalog,
  TOPICS,
} from '@workforce-democracy/shared'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createCatalogs } from '../../server/src/catalog/catalogs.ts'
import type { Pool } from '../../server/src/db/database.ts'
import { bumpRevision } from '../../server/src/db/imports.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { createImportDesk, legislator, rollCall, voter } from '../support/importing.ts'

const desk = await createImportDesk()
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

const book = (n: number) => ({
  title: `Example ${n}`,
  url: `https://books.example.org/${n}`,
  rest: '',
  section: 'Java',
  file: 'free-programming-books-langs.md',
})
const importBooks = (amount: number) =>
  desk.importLines(
    'resources',
    Array.from({ length: amount }, (_, n) => book(n)),
  )

/** A pool that writes down what its connections are asked. */
function watchedPool(): { readonly pool: Pool; readonly queries: string[] } {
  const queries: string[] = []
  const connect = async () => {
    const client = await desk.pool.connect()
    return {
      query: (text: string, values?: unknown[]) => {
        queries.push(text)
        return client.query(text, values)
      },
      release: () => client.release(),
    }
  }
  const query = desk.pool.query.bind(desk.pool)
  return { pool: { query, connect } as unknown as Pool, queries }
}

describe('the catalog of resources', () => {
  test('has a version that says what is in it, the same on every server', async () => {
    await importBooks(3)
    const catalog = await createCatalogs({ pool: desk.pool }).resources()
    expect(catalog.version).toMatch(/^[\w-]{43}$/)
    expect(await createCatalogs({ pool: desk.pool }).resources()).toEqual(catalog)
    await desk.clear()
    await desk.importLines('resources', [book(2), book(0), book(1)])
    expect((await createCatalogs({ pool: desk.pool }).resources()).version).toBe(catalog.version)
  })

  test('is built anew after a change, and only then', async () => {
    const { pool, queries } = watchedPool()
    const catalogs = createCatalogs({ pool })
    const before = await catalogs.resources()
    expect(await catalogs.resources()).toBe(before)
    const builds = () => queries.filter(text => text.includes('from learning_resources')).length
    expect(builds()).toBe(1)
    await importBooks(1)
    const after = await catalogs.resources()
    expect(after.resources).toHaveLength(1)
    expect(after.version).not.toBe(before.version)
    expect(builds()).toBe(2)
  })

  test('is built once when many ask at the same time', async () => {
    await importBooks(3)
    const { pool, queries } = watchedPool()
    const catalogs = createCatalogs({ pool })
    const answers = await Promise.all(Array.from({ length: 50 }, () => catalogs.resources()))
    expect(new Set(answers).size).toBe(1)
    expect(queries.filter(text => text.includes('from learning_resources'))).toHaveLength(1)
  })

  test('asks again after a build that failed', async () => {
    const { pool } = watchedPool()
    let failures = 1
    const connect = () => (failures-- > 0 ? Promise.reject(new Error('away')) : pool.connect())
    const broken = { query: pool.query, connect } as unknown as Pool
    const catalogs = createCatalogs({ pool: broken })
    await expect(catalogs.resources()).rejects.toThrow('away')
    expect((await catalogs.resources()).resources).toEqual([])
  })

  test.each([
    [19, null, 0, 0],
    [20, 4.25, 20, 20],
    [1234, 4.25, 1230, 1230],
  ])(
    'tells of %i people: mean %s, ratings %i, views %i',
    async (people, ratingMean, ratingCount, viewCount) => {
      await importBooks(1)
      await desk.pool.query(
        'update learning_resources set rating_avg = 4.25, rating_count = $1, view_count = $1',
        [people],
      )
      const { resources } = await createCatalogs({ pool: desk.pool }).resources()
      expect(resources).toMatchObject([{ ratingMean, ratingCount, viewCount }])
    },
  )

  test('leaves out what is hidden, and knows the topics of bills', async () => {
    await importBooks(2)
    await desk.importLines('rollcalls', [rollCall()])
    await desk.pool.query(`update learning_resources set status = 'archived' where title = 'Example 0'`)
    await bumpRevision(desk.pool, 'resources')
    const catalog: ResourceCatalog = await createCatalogs({ pool: desk.pool }).resources()
    expect(catalog.resources.map(({ title }) => title)).toEqual(['Example 1'])
    expect(catalog.billTopics).toEqual({ 'hr901-119': ['housing'] })
  })
})

describe('the civic catalog', () => {
  test('holds sitting members, bills, and positions where a bill was decided', async () => {
    await desk.importLines('rollcalls', [
      rollCall({
        votes: { Yea: [voter('T000001')], Nay: [voter('T000003')], 'Not Voting': [voter('T000002')] },
      }),
      rollCall({ vote_id: 'h2-119.2025', category: 'amendment' }),
    ])
    await desk.importLines(
      'legislators',
      ['T000001', 'T000002', 'T000004'].map(id => legislator(id)),
    )
    const { bills, representatives, rollCalls } = await createCatalogs({ pool: desk.pool }).civic()
    expect(bills.map(({ id }) => id)).toEqual(['hr901-119'])
    expect(representatives.map(({ id }) => id)).toEqual(['T000001', 'T000002', 'T000004'])
    expect(rollCalls).toMatchObject([
      { id: 'h1-119.2025', billId: 'hr901-119', chamber: 'house', votedAt: '2025-02-03T23:30:00.000Z' },
    ])
    const positions = representatives.map((_, index) => positionAt(rollCalls[0]!.positions, index))
    expect(positions).toEqual(['yes', 'not-voting', undefined])
  })
})

describe('the starter set', () => {
  test('fills an empty catalog once', async () => {
    const added = await importStarter(desk.pool)
    expect(added.resources).toBeGreaterThanOrEqual(40)
    expect(added.bills).toBeGreaterThanOrEqual(12)
    expect(await importStarter(desk.pool)).toEqual({ resources: 0, bills: 0, postcodes: 0, places: 0 })
    expect(await desk.rows('select count(*)::int from bills')).toEqual([{ count: added.bills }])
  })

  test('adds nothing to a catalog that has something', async () => {
    await importBooks(1)
    await desk.importLines('rollcalls', [rollCall()])
    expect(await importStarter(desk.pool)).toMatchObject({ resources: 0, bills: 0 })
  })

  test('[O21] finds members by ZIP codes, one of them in two districts, and gives way to a whole table', async () => {
    const { postcodes } = await importStarter(desk.pool)
    const catalogs = createCatalogs({ pool: desk.pool })
    const { representatives } = await catalogs.civic()
    const { catalog: table } = await catalogs.publishedDistricts('us')
    const known = table.districts.flatMap(each => each.postcodes.split(' '))
    expect(known).toHaveLength(postcodes)
    const sitsFor = (postcode: string) =>
      districtsOf(table, postcode).flatMap(place =>
        representatives.filter(
          ({ state, district }) => state === place.state && (district ?? place.district) === place.district,
        ),
      )
    expect(known.filter(postcode => sitsFor(postcode).length === 0)).toEqual([])
    expect(sitsFor('11102').map(({ name }) => name)).toContain('Alexandria Ocasio-Cortez')
    expect(districtsOf(table, '11101').map(({ district }) => district)).toEqual(['7', '14'])

    const file = await desk.write('zips.csv', 'state_abbr,zcta,cd\nNY,11102,14\nNY,10001,12\n')
    expect((await desk.importFile('districts', file)).stdout).toContain('1 added, 0 updated, 1 unchanged')
    expect(await desk.rows('select postcode from districts_by_postcode order by postcode')).toEqual([
      { postcode: '10001' },
      { postcode: '11102' },
    ])
    expect(await importStarter(desk.pool)).toMatchObject({ postcodes: 0 })
  })

  test('is in the project’s own words: topics of the vocabulary, ids of the documented form, levels and types mixed', async () => {
    await importStarter(desk.pool)
    const catalogs = createCatalogs({ pool: desk.pool })
    const { resources } = await catalogs.resources()
    const topics = new Set(resources.flatMap(resource => resource.topics))
    expect([...topics].filter(topic => !(TOPICS as readonly string[]).includes(topic))).toEqual([])
    expect(resources.filter(resource => resource.topics.length === 0)).toEqual([])
    expect(new Set(resources.map(({ type }) => type)).size).toBe(4)
    expect(new Set(resources.map(({ difficulty }) => difficulty)).size).toBe(3)
    expect(resources.some(({ aliases }) => aliases.includes('video1'))).toBe(true)

    const { bills, rollCalls, representatives } = await catalogs.civic()
    expect(bills.filter(({ id }) => !parseBillId(id))).toEqual([])
    expect(bills.filter(bill => bill.topics.length === 0).map(({ name }) => name)).toEqual([])
    expect(new Set(bills.map(({ jurisdiction }) => jurisdiction))).toEqual(new Set(['us', 'us-ca', 'gb']))
    expect(rollCalls.length).toBeGreaterThanOrEqual(8)
    expect(representatives).toHaveLength(20)
  })

  test('gives way to the real lists: members by their ids, roll calls with all who voted', async () => {
    await importStarter(desk.pool)
    await desk.importLines('legislators', [legislator('S000033', { lis: 'S313' })])
    expect(await desk.rows('select id from representatives where current')).toEqual([{ id: 'S000033' }])
    const { stdout } = await desk.importLines('rollcalls', [
      rollCall({ vote_id: 'h190-119.2025', bill: { type: 'hr', number: 1, congress: 119 } }),
    ])
    expect(stdout).toContain('0 added, 1 updated')
  })
})
