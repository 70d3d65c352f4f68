// Learning resources: the four formats and what becomes of each field.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { stableId } from '../../server/src/import/stable-id.ts'
import { createImportDesk } from '../support/importing.ts'

const desk = await createImportDesk()
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

const resourcesOf = () =>
  desk.rows(
    `select id, aliases, type, title, description, content_url, difficulty_level as level, topics, author,
       source_organization as organization, publication_date::text as published, video_id
     from learning_resources order by title`,
  )

const coopLink = (changes = {}) => ({
  title: 'The Example Co-op Handbook',
  url: 'https://handbook.example.org',
  section: 'Resources / Information on tech coops and coops in general',
  line: '* [The Example Co-op Handbook](https://handbook.example.org) - How [we](https://example.org) decide.',
  ...changes,
})
const action = (changes = {}) => ({
  id: 7,
  date: '2020/03/30',
  sources: ['https://news.example.org/strike', 'https://other.example.org/'],
  actions: ['strike', 'protest'],
  struggles: ['pay and benefits'],
  employment_types: ['blue collar workers'],
  description: 'Workers of a warehouse walked out.',
  companies: ['amazon', 'whole_foods'],
  tags: null,
  ...changes,
})
const book = (changes = {}) => ({
  title: 'Introduction to Examples',
  url: 'https://books.example.org/intro',
  rest: 'Exampla Testperson, Testo Exemplar (PDF, HTML) (CC BY)',
  section: 'C\\#',
  file: 'free-programming-books-langs.md',
  ...changes,
})

describe('stable ids', () => {
  test('are UUIDs of version 5 in the namespace of URLs', () => {
    // python3 -c "import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, 'https://www.example.org/'))"
    expect(stableId('https://www.example.org/')).toBe('84f5ec25-93a7-5271-bfbb-77d0e0a15d7b')
  })
})

describe('links on co-operatives', () => {
  const importLinks = async (links: readonly unknown[]) =>
    desk.importFile('resources', await desk.write('links.json', JSON.stringify(links, null, 1)))

  test('become articles on co-operatives with what the line says of them', async () => {
    expect(await importLinks([coopLink()])).toMatchObject({ code: 0 })
    expect(await resourcesOf()).toMatchObject([
      {
        id: stableId('https://handbook.example.org/'),
        type: 'articles',
        title: 'The Example Co-op Handbook',
        description: 'How we decide.',
        content_url: 'https://handbook.example.org/',
        topics: expect.arrayContaining(['cooperatives']),
      },
    ])
  })

  test('within the list itself are left out and counted', async () => {
    const { code, stdout } = await importLinks([
      coopLink(),
      coopLink({ url: 'https://github.com/hng/tech-coops/blob/master/README.md' }),
      coopLink({ url: '#resources' }),
      coopLink({ url: 'https://tech-coops.xyz' }),
    ])
    expect(code).toBe(0)
    expect(stdout).toContain('4 resources read, 1 added')
    expect(stdout).toContain('3 skipped (a link within the list itself)')
  })

  test('are videos and tools where they are', async () => {
    await importLinks([
      coopLink({ title: 'a', url: 'https://www.youtube.com/watch?v=AAAAAAAAAAA' }),
      coopLink({ title: 'b', section: 'Resources / Tools' }),
    ])
    expect(await resourcesOf()).toMatchObject([
      { type: 'videos', video_id: 'AAAAAAAAAAA' },
      { type: 'interactive', video_id: null },
    ])
  })

  test('whose address is none, or runs a script, are rejected', async () => {
    const links = [coopLink({ url: 'javascript:alert(1)' }), coopLink({ url: 'example' }), coopLink()]
    const { code, stderr } = await importLinks(links)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^entry 1: .*http.*\nentry 2: .*http/)
    expect(await resourcesOf()).toHaveLength(1)
  })
})

describe('products of the Congressional Research Service', () => {
  const HEADER = 'Product Number,Title,URL,Publication Date,Author(s),Topic(s)'
  const product = (number: string, rest: string) => `${number},${rest}`

  test('are studies with date, authors and topics', async () => {
    const csv = [
      HEADER,
      product(
        'IF10001',
        '"Housing, Explained",https://www.congress.gov/crs-product/IF10001,04/09/2026,"Testperson, Exampla A.; Exemplar, Testo;",Health Care; Labor & Employment',
      ),
      product('R40002', 'Veterans,https://www.congress.gov/crs-product/R40002,12/31/2025,,'),
    ].join('\r\n')
    expect(await desk.importFile('resources', await desk.write('p.csv', `\uFEFF${csv}`))).toMatchObject({
      code: 0,
    })
    expect(await resourcesOf()).toMatchObject([
      {
        aliases: ['IF10001'],
        type: 'studies',
        title: 'Housing, Explained',
        author: 'Testperson, Exampla A.; Exemplar, Testo',
        organization: 'Congressional Research Service',
        topics: ['healthcare', 'labor'],
        published: '2026-04-09',
      },
      { aliases: ['R40002'], author: null, topics: ['veterans'], published: '2025-12-31' },
    ])
  })

  test('with a date of another form or a missing column are rejected by their line', async () => {
    const csv = [
      HEADER,
      product('IF10001', 'A,https://www.congress.gov/a,2026-04-09,,'),
      product('IF10002', 'B,https://www.congress.gov/b,02/30/2026,,'),
      'IF10003,C',
      product('IF10004', 'D,https://www.congress.gov/d,04/09/2026,,'),
    ].join('\n')
    const { code, stderr } = await desk.importFile('resources', await desk.write('p.csv', csv))
    expect(code).toBe(2)
    expect(stderr.match(/^line \d+/gm)).toEqual(['line 2', 'line 3', 'line 4'])
    expect(await resourcesOf()).toMatchObject([{ title: 'D' }])
  })
})

describe('actions of tech workers', () => {
  test('get a title of what is said about them', async () => {
    const actions = [action(), action({ id: 8, actions: ['union drive'], companies: null, tags: ['blm'] })]
    await desk.importFile('resources', await desk.write('actions.json', JSON.stringify(actions)))
    expect(await resourcesOf()).toMatchObject([
      {
        title: 'Strike and protest at Amazon and Whole Foods, 2020-03-30',
        type: 'articles',
        content_url: 'https://news.example.org/strike',
        published: '2020-03-30',
        topics: expect.arrayContaining(['labor', 'unions']),
      },
      {
        title: 'Union drive of tech workers, 2020-03-30',
        topics: ['civil-rights', 'labor', 'technology', 'unions'],
      },
    ])
  })
})

describe('sources of an action', () => {
  test('that are no address are passed over, and none is needed', async () => {
    const actions = [
      action({ id: 1, sources: ['', 'news.example.org', 'https://news.example.org/b'], date: '2020/01/01' }),
      action({ id: 2, sources: ['-half-an-address.html'], date: '2020/01/02' }),
    ]
    expect(
      await desk.importFile('resources', await desk.write('actions.json', JSON.stringify(actions))),
    ).toMatchObject({ code: 0 })
    expect((await resourcesOf()).map(row => row.content_url)).toEqual(['https://news.example.org/b', null])
  })
})

describe('free books', () => {
  test('have author, format and level as far as they can be told', async () => {
    await desk.importLines('resources', [
      book(),
      book({ title: 'Videos', url: 'https://youtu.be/AAAAAAAAAAA', rest: '', file: 'free-courses-en.md' }),
    ])
    expect(await resourcesOf()).toMatchObject([
      {
        type: 'articles',
        level: 'beginner',
        author: 'Exampla Testperson, Testo Exemplar',
        description: 'C#. PDF, HTML. CC BY',
        topics: ['programming'],
      },
      { type: 'videos', level: null, author: null, video_id: 'AAAAAAAAAAA' },
    ])
  })

  test('listed twice are stored once', async () => {
    const entries = [book(), book({ section: 'Java' })]
    expect((await desk.importLines('resources', entries)).stdout).toContain('1 skipped (listed twice)')
    expect((await desk.importLines('resources', entries)).stdout).toContain('0 updated, 1 unchanged')
  })
})

describe('a resource', () => {
  test('that changed at its source is updated, and stays as verified as it was', async () => {
    await desk.importLines('resources', [book()])
    await desk.pool.query('update learning_resources set is_verified = true, view_count = 5')
    const { stdout } = await desk.importLines('resources', [book({ title: 'Examples, Advanced' })])
    expect(stdout).toContain('0 added, 1 updated')
    expect(
      await desk.rows('select title, difficulty_level, is_verified, view_count from learning_resources'),
    ).toEqual([
      { title: 'Examples, Advanced', difficulty_level: 'advanced', is_verified: true, view_count: 5 },
    ])
  })

  test('that another list holds already stays as that one has it', async () => {
    await desk.importLines('resources', [book()])
    const links = await desk.write('links.json', JSON.stringify([coopLink({ url: book().url })]))
    expect((await desk.importFile('resources', links)).stdout).toContain('0 added, 0 updated, 1 unchanged')
    expect(await resourcesOf()).toMatchObject([{ title: 'Introduction to Examples' }])
  })

  test('file of no known format is refused, one that is named is read', async () => {
    const path = await desk.write('what.json', '[{"a":1}]')
    expect(await desk.importFile('resources', path)).toMatchObject({ code: 1 })
    expect(await desk.importFile('resources', path, 'no-such-format')).toMatchObject({ code: 1 })
    expect(await desk.importFile('resources', path, 'coop-links')).toMatchObject({ code: 2 })
  })
})
