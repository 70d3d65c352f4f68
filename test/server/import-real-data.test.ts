// The real files, where they are: every row goes in or is left out for a reason that is known.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { alignment, TOPICS, unpackPositions } from '@workforce-democracy/shared'
import { afterAll, describe, expect, test } from 'vitest'
import { createCatalogs } from '../../server/src/catalog/catalogs.ts'
import { createImportDesk } from '../support/importing.ts'

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const isThere = existsSync(data)
if (!isThere) console.log(`skipped: the imports of real files, as there are none at ${data}`)

describe.runIf(isThere)('the real data', async () => {
  const desk = await createImportDesk()
  afterAll(() => desk[Symbol.asyncDispose]())

  test.each([
    [
      'coop-links.json',
      '68 resources read, 63 added',
      '4 skipped (a link within the list itself), 1 skipped (listed twice)',
    ],
    ['crs-products.csv', '65 resources read, 65 added', '0 rejected'],
    ['worker-actions.json.gz', '506 resources read, 506 added', '0 rejected'],
    ['free-books.jsonl.gz', '3855 resources read, 3796 added', '59 skipped (listed twice)'],
  ])('%s', async (file, ...figures) => {
    const { code, stdout, stderr } = await desk.importFile('resources', `${data}catalog/${file}`)
    expect({ code, stderr: stderr.replace(/^\d+ %.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    for (const figure of figures) expect(stdout).toContain(figure)
    expect((await desk.importFile('resources', `${data}catalog/${file}`)).stdout).toContain(
      '0 added, 0 updated',
    )
  })

  test.each([
    ['tech-coops.json', '171 places read, 170 added', '1 skipped (listed twice), 0 rejected'],
    [
      'union-elections.csv.gz',
      '6927 places read, 4302 added, 22 updated',
      '1957 skipped (no union was certified)',
    ],
    ['farmers-markets.csv.gz', '8730 places read, 8730 added', '0 rejected'],
    ['uk-coops.csv.gz', '7387 places read, 7372 added, 14 updated', '0 rejected'],
  ])('places of %s', async (file, ...figures) => {
    const { code, stdout, stderr } = await desk.importFile('local', `${data}local/${file}`)
    expect({ code, stderr: stderr.replace(/^\d+ %.*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
    for (const figure of figures) expect(stdout).toContain(figure)
    expect((await desk.importFile('local', `${data}local/${file}`)).stdout).toContain('0 added, 0 updated')
  })
  test('places are approved, of the right kind, and those that two lists have are one', async () => {
    const counts = await desk.rows(
      `select origin, count(*)::int as n, count(latitude)::int as points, count(*) filter (where is_worker_owned)::int as owned,
         count(*) filter (where is_cooperative)::int as coops, count(*) filter (where is_union_shop)::int as unions
       from local_resources where status = 'approved' group by origin order by origin`,
    )
    expect(counts).toEqual([
      { origin: 'farmers-markets', n: 8730, points: 8701, owned: 0, coops: 0, unions: 0 },
      { origin: 'tech-coops', n: 170, points: 14, owned: 170, coops: 170, unions: 0 },
      {
        origin: 'uk-coops',
        n: 7372,
        points: expect.any(Number),
        owned: expect.any(Number),
        coops: 7372,
        unions: 0,
      },
      { origin: 'union-elections', n: 4302, points: 0, owned: 0, coops: 0, unions: 4302 },
    ])
    // In the lists of tech co-ops and of British co-ops: the words of the one, the place of the other.
    const [both] = await desk.rows(
      `select city, zip_code is not null as coded, description is not null as told from local_resources
       where website like '%animorph.coop%'`,
    )
    expect(both).toEqual({ city: 'London', coded: true, told: true })
  })

  test('districts of ZIP codes, each of which a member sits for unless the seat is vacant', {
    timeout: 60_000,
  }, async () => {
    const from = `${data}civic/zip-districts.csv.gz`
    expect(await desk.importFile('districts', from)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('42033 districts of postcodes read, 42033 added'),
    })
    expect((await desk.importFile('districts', from)).stdout).toContain('0 added, 0 updated, 42033 unchanged')
    await desk.importFile('legislators', `${data}civic/legislators-current.json.gz`)
    // At-large ones are called the same in both: only vacant seats are left.
    const empty = await desk.rows(
      `select distinct state, district from districts_by_postcode d where not exists (
         select from representatives r where r.current and r.state = d.state and r.district = d.district)`,
    )
    expect(empty).toHaveLength(4)
  })

  test('resources all have topics of the vocabulary', async () => {
    const [bare] = await desk.rows(`select count(*)::int from learning_resources where topics = '{}'`)
    expect(bare!.count).toBeLessThan(10)
    const unknown = await desk.rows(
      'select distinct topic from learning_resources, unnest(topics) as topic where topic <> all($1)',
      [TOPICS],
    )
    expect(unknown).toEqual([])
  })

  test('members and roll calls, in either order', { timeout: 180_000 }, async () => {
    const votes = await desk.importFile('rollcalls', `${data}civic/votes-119.jsonl.gz`)
    expect(votes).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1530 roll calls read, 1530 added'),
    })
    const members = await desk.importFile('legislators', `${data}civic/legislators-current.json.gz`)
    expect(members).toMatchObject({ code: 0, stdout: expect.stringContaining('537 members read') })

    // 434 for candidates in the election of the Speaker, 8 of the Vice President
    const [{ count }] = (await desk.rows('select count(*)::int from representative_votes')) as [
      { count: number },
    ]
    expect(count).toBe(367_338 - 434 - 8)
    const standIns = await desk.rows(`select id from representatives where id like 'lis:%' and current`)
    expect(standIns).toEqual([])
    expect(await desk.rows('select count(*)::int from representatives where current')).toEqual([
      { count: 537 },
    ])

    const again = await desk.importFile('rollcalls', `${data}civic/votes-119.jsonl.gz`)
    expect(again.stdout).toContain('0 added, 0 updated, 1530 unchanged')
  })

  test('make a catalog from which a member’s own votes agree with that member in full', async () => {
    const catalog = await createCatalogs({ pool: desk.pool }).civic()
    expect(catalog.rollCalls).toHaveLength(462)
    const index = catalog.representatives.findIndex(({ id }) => id === 'S000033')
    const choices = new Map<string, string>()
    for (const { billId, positions, votedAt } of catalog.rollCalls.toSorted((a, b) =>
      a.votedAt < b.votedAt ? -1 : 1,
    )) {
      const code = unpackPositions(positions, catalog.representatives.length)[index]
      if (votedAt && (code === 1 || code === 2)) choices.set(billId, code === 1 ? 'yes' : 'no')
    }
    expect(choices.size).toBeGreaterThan(50)
    const votes = new Map(
      [...choices].map(([billId, choice], n) => [
        billId,
        {
          key: billId,
          stamp: n + 1,
          device: 'device01',
          value: { choice, votedAt: '2026-01-01T00:00:00.000Z' },
        },
      ]),
    )
    const own = alignment(catalog, votes).find(({ representative }) => representative.id === 'S000033')
    expect(own?.percent).toBe(100)
  })
})
