// Running imports: again, over damaged files, killed in the middle, two at once.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { advanceImport, beginImport } from '../../server/src/db/imports.ts'
import { createProgress } from '../../server/src/import/progress.ts'
import { builtFileNow } from '../support/built.ts'
import { createImportDesk, legislator, rollCall, voter } from '../support/importing.ts'
import { until } from '../support/until.ts'

const desk = await createImportDesk()
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

const count = async (table: string) => Number((await desk.rows(`select count(*) from ${table}`))[0]!.count)
const rollCalls = (amount: number) =>
  Array.from({ length: amount }, (_, n) =>
    rollCall({
      vote_id: `h${n + 1}-119.2025`,
      subject: `Example ${n} Housing Act`,
      bill: { type: 'hr', number: n + 1, congress: 119 },
      votes: { Yea: [voter('T000001'), voter('T000002')], Nay: [voter('T000003')] },
    }),
  )
const lines = (entries: readonly unknown[]) => entries.map(entry => `${JSON.stringify(entry)}\n`).join('')
const everything = async () => [
  await desk.rows('select id, bill_id, deciding, voted_at, content_hash from roll_calls order by id'),
  await desk.rows('select id, name, topics, last_voted_on from bills order by id'),
  await desk.rows(
    `select c.id as roll_call, r.id as member, v.position from representative_votes v
     join roll_calls c on c.key = v.roll_call_key join representatives r on r.key = v.representative_key
     order by 1, 2`,
  ),
]

describe('an import', () => {
  test.each([
    ['plain', (text: string) => Buffer.from(text)],
    ['gzip, whatever its name', (text: string) => gzipSync(text)],
  ])('run twice changes nothing (%s)', async (_what, pack) => {
    const path = await desk.write('votes.jsonl', pack(lines(rollCalls(70))))
    expect((await desk.importFile('rollcalls', path)).stdout).toContain('70 added, 0 updated, 0 unchanged')
    const before = [
      await everything(),
      await desk.rows('select revision from catalog_revisions order by kind'),
    ]
    const again = await desk.importFile('rollcalls', path)
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 added, 0 updated, 70 unchanged'),
    })
    expect([
      await everything(),
      await desk.rows('select revision from catalog_revisions order by kind'),
    ]).toEqual(before)
    expect(await count('import_progress')).toBe(0)
  })

  test('reads lines with line separators in their texts, blank lines, and a last line without end', async () => {
    const [first, second] = rollCalls(2)
    const text = `${JSON.stringify({ ...first, question: 'On\u2028Passage' })}\r\n\n${JSON.stringify(second)}`
    const path = await desk.write('votes.jsonl', text)
    expect(await desk.importFile('rollcalls', path)).toMatchObject({ code: 0 })
    expect(await count('roll_calls')).toBe(2)
  })

  test('reports lines that are no JSON by their number and takes the rest', async () => {
    const [first, second] = rollCalls(2)
    const path = await desk.write('votes.jsonl', `${lines([first])}{"vote_id": "h9\nnull\n${lines([second])}`)
    const { code, stderr, stdout } = await desk.importFile('rollcalls', path)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^line 2: not JSON: .*; left out\nline 3: .*; left out\n/)
    expect(stdout).toContain('4 roll calls read, 2 added, 0 updated, 0 unchanged, 2 rejected')
  })

  test('of a truncated gzip takes what comes before the damage', async () => {
    const packed = gzipSync(lines(rollCalls(300)))
    const path = await desk.write('votes.jsonl.gz', packed.subarray(0, Math.floor(packed.length * 0.7)))
    const { code, stderr } = await desk.importFile('rollcalls', path)
    expect(code).toBe(2)
    const [, read] = /damaged after entry (\d+)/.exec(stderr) ?? []
    expect(Number(read)).toBeGreaterThan(50)
    expect(await count('roll_calls')).toBe(Number(read))
  })

  test('of an array or table that breaks off takes what comes before', async () => {
    const members = Array.from({ length: 50 }, (_, n) => legislator(`T${String(n).padStart(6, '0')}`))
    const json = JSON.stringify(members)
    const array = await desk.write('members.json', json.slice(0, -300))
    expect(await desk.importFile('legislators', array)).toMatchObject({ code: 2 })
    expect(await count('representatives')).toBeGreaterThan(45)

    const products = Array.from(
      { length: 2000 },
      (_, n) => `IF${n + 10_000},T${n},https://example.org/${n},01/01/2026,,`,
    )
    const csv = `Product Number,Title,URL,Publication Date,Author(s),Topic(s)\n${products.join('\n')}`
    const packed = gzipSync(csv)
    const table = await desk.write('products.csv.gz', packed.subarray(0, Math.floor(packed.length * 0.7)))
    const { code, stderr } = await desk.importFile('resources', table)
    expect(code).toBe(2)
    const [, read] = /damaged after entry (\d+)/.exec(stderr) ?? []
    expect(Number(read)).toBeGreaterThan(500)
    expect(await count('learning_resources')).toBe(Number(read))
    expect(
      (await desk.rows('select title from learning_resources')).every(row =>
        /^T\d+$/.test(String(row.title)),
      ),
    ).toBe(true)
  })

  test.each([
    ['that is not there', async () => '/no/such/file.jsonl'],
    ['that is a directory', async () => '/'],
    ['that is a broken gzip', () => desk.write('votes.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]))],
    ['that is a broken array', () => desk.write('members.json', '[{"id": ')],
  ])('of a file %s answers 1 and stores nothing', async (_what, path) => {
    const { code, stderr } = await desk.importFile('legislators', await path())
    expect(code).toBe(1)
    expect(stderr).toMatch(/^import: /)
    expect(await count('representatives')).toBe(0)
  })

  test('of an empty file is done at once', async () => {
    expect(await desk.importFile('rollcalls', await desk.write('votes.jsonl', ''))).toMatchObject({ code: 0 })
  })
})

describe('an import that was killed', () => {
  const STOP_AT = 'h200-119.2025'

  /** Runs it in a process of its own until it stands still at a roll call, in an open transaction, and kills it. */
  async function killInTheMiddle(path: string): Promise<void> {
    const holder = new pg.Client({ connectionString: desk.databases.databaseUrl })
    await holder.connect()
    await holder.query(`
      create function stop_here() returns trigger language plpgsql as
        $$ begin if new.id = '${STOP_AT}' then perform pg_advisory_xact_lock(1); end if; return new; end $$;
      create trigger stop_here before insert on roll_calls for each row execute function stop_here();
      select pg_advisory_lock(1)`)
    const child = startImport(path)
    const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted`
    await until(async () => (await desk.rows(waiting)).length > 0)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await holder.query('select pg_advisory_unlock(1)')
    await until(
      async () => (await desk.rows(`select 1 from pg_locks where locktype = 'advisory'`)).length === 0,
    )
    await holder.query('drop trigger stop_here on roll_calls; drop function stop_here')
    await holder.end()
  }

  function startImport(path: string): ChildProcess {
    const script = builtFileNow(new URL('../support/import-process.ts', import.meta.url))
    return spawn(process.execPath, [script, desk.databases.databaseUrl, 'rollcalls', path], {
      stdio: 'ignore',
    })
  }

  test('goes on where it was and ends as if nothing had been', async () => {
    const entries: unknown[] = rollCalls(400)
    entries[5] = { vote_id: 'bad' }
    const path = await desk.write('votes.jsonl.gz', gzipSync(lines(entries)))
    await desk.importFile('rollcalls', path)
    const expected = await everything()
    await desk.clear()

    await killInTheMiddle(path)
    const stored = await count('roll_calls')
    expect(stored).toBeGreaterThan(100)
    expect(stored).toBeLessThan(200)

    const { code, stdout } = await desk.importFile('rollcalls', path)
    expect(code).toBe(2)
    expect(stdout).toContain(
      `${399 - stored} added, 0 updated, 0 unchanged, ${stored} stored by the interrupted run, 1 rejected`,
    )
    expect(await everything()).toEqual(expected)
    expect(await count('import_progress')).toBe(0)
  })

  test('starts from the beginning when another file came in between', async () => {
    const path = await desk.write('votes.jsonl.gz', gzipSync(lines(rollCalls(400))))
    await killInTheMiddle(path)
    await desk.importLines('rollcalls', [rollCall({ votes: { Nay: [voter('T000001')] } })])
    const { stdout } = await desk.importFile('rollcalls', path)
    expect(stdout).not.toContain('interrupted')
    expect(stdout).toContain(', 1 updated,')
    expect(await count('representative_votes')).toBe(1200)
  })
})

describe('two imports of one kind', () => {
  test('do not go on side by side: the later one has it', async () => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')]
    expect(await beginImport(desk.pool, 'rollcalls', one)).toBe(0)
    expect(await advanceImport(desk.pool, 'rollcalls', one, 0, 30)).toBe(true)
    expect(await beginImport(desk.pool, 'rollcalls', one)).toBe(30)
    expect(await beginImport(desk.pool, 'rollcalls', other)).toBe(0)
    expect(await advanceImport(desk.pool, 'rollcalls', one, 30, 60)).toBe(false)
    expect(await advanceImport(desk.pool, 'rollcalls', other, 0, 30)).toBe(true)
  })
})

describe('progress', () => {
  test('is a bar on a terminal, with reports kept above it', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
    const progress = createProgress(terminal, 100, 'roll calls')
    progress.update(50, 7)
    progress.report('line 3: wrong')
    progress.stop()
    const shown = String(terminal.read())
    expect(shown).toContain('line 3: wrong')
    expect(shown).toContain('7 roll calls')
  })

  test('is a line now and then elsewhere', () => {
    const file = new PassThrough()
    const progress = createProgress(file, 100, 'roll calls')
    for (let bytes = 1; bytes <= 100; bytes++) progress.update(bytes, bytes * 2)
    progress.stop()
    expect(String(file.read())).toBe(
      '25 %: 50 roll calls read\n50 %: 100 roll calls read\n75 %: 150 roll calls read\n',
    )
  })
})
