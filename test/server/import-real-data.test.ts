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
