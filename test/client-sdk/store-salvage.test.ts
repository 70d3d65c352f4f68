// Stores that are damaged, gone, or under a lost key, opened all the same: what can be read is there, nothing is deleted.
import { existsSync } from 'node:fs'
import { copyFile, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type Client, createMemoryStore, createSqliteStore } from '@workforce-democracy/client/node'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { codeOf, openTestClient, temporaryDirectory } from './clients.ts'

const SEEDS = 30
const BILLS = Array.from({ length: 40 }, (_, n) => `hr${n + 1}-118`)
const HEADERS = "('header', '~header')"

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
/** A sound store, closed. */
let sound: string
/** The same store as a kill leaves it: most of it in the log. */
let killed: string
/** The device name of both. */
let device: string

type Options = NonNullable<Parameters<typeof openTestClient>[0]>
const openAt = (path: string, options: Options = {}) =>
  openTestClient({ storage: createSqliteStore({ path }), ...options })
const salvageAt = (path: string) => openAt(path, { damaged: 'set-aside' })

const billsOf = (client: Client) => client.votes.list().map(({ billId }) => billId)

beforeAll(async () => {
  directory = await temporaryDirectory()
  sound = directory.at('sound.sqlite')
  killed = directory.at('killed.sqlite')
  await using client = await openAt(sound)
  for (const bill of BILLS) await client.votes.cast(bill, 'yes', { billName: `Made-up act ${bill}` })
  await client.privacy.set({ votes: 'open' })
  device = client.device
  for (const suffix of ['', '-wal']) await copyFile(sound + suffix, killed + suffix)
})
afterAll(() => directory[Symbol.asyncDispose]())

let copies = 0
async function copyOf(path: string): Promise<string> {
  const copy = directory.at(`copy-${copies++}.sqlite`)
  for (const suffix of ['', '-wal', '-made'])
    if (existsSync(path + suffix)) await copyFile(path + suffix, copy + suffix)
  return copy
}

async function filesOf(path: string): Promise<string[]> {
  const names = await readdir(dirname(path))
  return names.filter(name => name.startsWith(basename(path))).sort()
}

/** Reproducible numbers from 0 to 1. */
function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 1 | state) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Flips bits, or overwrites a stretch, at random places. */
async function damage(path: string, random: () => number): Promise<void> {
  const { size } = await stat(path)
  await using file = await open(path, 'r+')
  const strokes = 1 + Math.floor(random() * 6)
  for (let n = 0; n < strokes; n++) {
    const at = Math.floor(random() * size)
    const bytes = Buffer.alloc(random() < 0.3 ? Math.min(2000, size - at) : 1)
    await file.read(bytes, 0, bytes.length, at)
    for (const index of bytes.keys())
      bytes[index]! ^= bytes.length === 1 ? 1 << Math.floor(random() * 8) : 0xa5
    await file.write(bytes, 0, bytes.length, at)
  }
}

describe('a damaged file, opened with set-aside', () => {
  it.each([
    ['file', () => sound, ''],
    ['log', () => killed, '-wal'],
  ] as const)(
    `[E9] opens whatever bits of the %s flip, with rows that are all true (${SEEDS} seeds)`,
    async (_, from, suffix) => {
      let [damaged, kept] = [0, 0]
      for (let seed = 1; seed <= SEEDS; seed++) {
        const path = await copyOf(from())
        await damage(path + suffix, seeded(seed))
        const before = await readFile(path + suffix)
        const refused = await codeOf(openAt(path).then(client => client.close()))
        if (refused === 'none') continue
        expect({ seed, refused }).toEqual({ seed, refused: 'store-damaged' })
        const client = await salvageAt(path)
        const { condition, keptAt } = client.store
        const bills = billsOf(client)
        expect({ seed, condition }).toEqual({
          seed,
          condition: expect.stringMatching(/^(damaged|key-lost)$/),
        })
        for (const bill of bills) expect(client.votes.get(bill)?.billName).toBe(`Made-up act ${bill}`)
        expect(client.device).not.toBe(device)
        if (keptAt) expect((await readFile(keptAt + suffix)).equals(before)).toBe(true)
        await client.votes.cast('hr999-118', 'no')
        await client.close()
        // Opened again it is sound, and has what it had.
        await using again = await openAt(path)
        expect({ seed, found: again.store.condition }).toEqual({ seed, found: 'sound' })
        expect(billsOf(again).sort()).toEqual([...bills, 'hr999-118'].sort())
        damaged++
        kept += bills.length / BILLS.length
      }
      expect(damaged).toBeGreaterThan(SEEDS / 3)
      // A stroke costs the rows that it hits and not the file.
      expect(kept / damaged).toBeGreaterThan(0.7)
    },
  )

  it.each([0.2, 0.5, 0.9])(
    '[E9] cut off at %f of its length it has the rows of what is left',
    async share => {
      const path = await copyOf(sound)
      const { size } = await stat(path)
      await truncate(path, Math.floor(size * share))
      expect(await codeOf(openAt(path))).toBe('store-damaged')
      await using client = await salvageAt(path)
      expect(client.store.condition).toMatch(/damaged|key-lost/)
      if (client.store.condition === 'damaged' && share > 0.4)
        expect(billsOf(client).length).toBeGreaterThan(5)
      expect(await filesOf(path)).toContain(`${basename(path)}-damaged-1`)
    },
  )

  it('[E9] of zero bytes, or something else altogether, is kept under another name', async () => {
    for (const content of ['', 'This is a letter, not a store.\n'.repeat(1000)]) {
      const path = await copyOf(sound)
      await writeFile(path, content)
      expect(await codeOf(openAt(path))).toBe('store-damaged')
      const client = await salvageAt(path)
      expect(client.store).toMatchObject({ condition: 'damaged', keptAt: `${path}-damaged-1` })
      expect(billsOf(client)).toEqual([])
      await client.close()
      expect(await readFile(`${path}-damaged-1`, 'utf8')).toBe(content)
    }
  })

  it('[E9] whose file vanished from beside its log has what the log holds', async () => {
    const path = await copyOf(killed)
    await rm(path)
    expect(await codeOf(openAt(path))).toBe('store-damaged')
    await using client = await salvageAt(path)
    expect(client.store.condition).toBe('damaged')
    expect(billsOf(client).length).toBeGreaterThan(30)
  })

  it('[E9] whose salvage was cut off before the files had changed places is finished by the next opening', async () => {
    const path = await copyOf(sound)
    await copyFile(path, `${path}-salvaged`)
    await truncate(path, 5000)
    await using client = await openAt(path)
    expect(client.store).toMatchObject({ condition: 'damaged', keptAt: `${path}-damaged-1` })
    expect(billsOf(client)).toHaveLength(BILLS.length)
  })

  it('[E13] goes on under another device name, with the same documents open', async () => {
    const path = await copyOf(sound)
    const database = new Database(path)
    const last = `select max(id) from rows where id not in ${HEADERS}`
    database.exec(`update rows set data = zeroblob(1100) where id = (${last})`)
    database.close()
    await using client = await salvageAt(path)
    expect(client.store).toMatchObject({ condition: 'damaged', damagedRows: 1, keptAt: undefined })
    expect(client.device).not.toBe(device)
    const written = await client.votes.cast('hr1-118', 'no')
    expect(written.registers[0]?.device).toBe(client.device)
  })

  it('destroying takes what was kept along', async () => {
    const path = await copyOf(sound)
    await truncate(path, 5000)
    const storage = createSqliteStore({ path })
    await (await openTestClient({ storage, damaged: 'set-aside' })).close()
    await storage.destroy()
    expect(await filesOf(path)).toEqual([])
  })
})

describe('the header', () => {
  const withoutHeaders = async (ids: string) => {
    const path = await copyOf(sound)
    const database = new Database(path)
    database.exec(`delete from rows where id in ${ids}`)
    database.close()
    return path
  }

  it.each(["('header')", "('~header')"])(
    '[E8] one copy will do, and replaces the other: without %s',
    async ids => {
      const path = await withoutHeaders(ids)
      for (let n = 0; n < 2; n++) {
        await using client = await openAt(path)
        expect(client.store).toMatchObject({ condition: 'sound', damagedRows: 0 })
        expect(billsOf(client)).toHaveLength(BILLS.length)
      }
      const database = new Database(path)
      expect(database.prepare(`select count(*) from rows where id in ${HEADERS}`).pluck().get()).toBe(2)
      database.close()
    },
  )

  it('[E11] gone with both copies it takes the key along: key-lost, with every row kept', async () => {
    const path = await withoutHeaders(HEADERS)
    expect(await codeOf(openAt(path))).toBe('store-damaged')
    const client = await salvageAt(path)
    expect(client.store.condition).toBe('key-lost')
    expect(client.store.damagedRows).toBeGreaterThanOrEqual(BILLS.length)
    await client.votes.cast('hr8-118', 'yes')
    await client.close()
    await using again = await openAt(path)
    expect(again.store).toMatchObject({ condition: 'sound', damagedRows: client.store.damagedRows })
    expect(billsOf(again)).toEqual(['hr8-118'])
  })
})

describe('a lost passphrase or secret', () => {
  const other = { storeSecret: new Uint8Array(32).fill(9) } as Options

  it('[E11] set-aside does not take a mistyped one for a damaged store', async () => {
    const path = await copyOf(sound)
    expect(await codeOf(openAt(path, { ...other, damaged: 'set-aside' }))).toBe('wrong-passphrase')
    await using client = await openAt(path)
    expect(billsOf(client)).toHaveLength(BILLS.length)
  })

  it('[E11] set-all-aside begins anew and keeps everything, header and all, also twice', async () => {
    const path = await copyOf(sound)
    const rowsAt = () => {
      const database = new Database(path)
      const rows = database.prepare<[], { id: string; data: Buffer }>('select id, data from rows').all()
      database.close()
      return rows
    }
    const before = rowsAt().map(({ data }) => data.toString('hex'))
    for (const fill of [9, 10]) {
      const storeSecret = new Uint8Array(32).fill(fill)
      const client = await openAt(path, { storeSecret, damaged: 'set-all-aside' } as Options)
      expect(client.store.condition).toBe('key-lost')
      expect(billsOf(client)).toEqual([])
      await client.votes.cast('hr1-118', 'no')
      await client.close()
    }
    const after = new Set(rowsAt().map(({ data }) => data.toString('hex')))
    expect(before.filter(data => !after.has(data))).toEqual([])
  })
})

describe('a store that is gone', () => {
  it('[E10] is store-lost, and nothing is made in its place', async () => {
    const path = await copyOf(sound)
    for (const suffix of ['', '-wal']) await rm(path + suffix, { force: true })
    expect(await codeOf(openAt(path))).toBe('store-lost')
    expect(await codeOf(openAt(path))).toBe('store-lost')
    expect(existsSync(path)).toBe(false)
    const client = await salvageAt(path)
    expect(client.store).toMatchObject({ condition: 'lost', damagedRows: 0 })
    await client.close()
    await using again = await openAt(path)
    expect(again.store.condition).toBe('sound')
  })

  it('[E10] without a trace is known to the caller only', async () => {
    const path = directory.at('never.sqlite')
    expect(await codeOf(openAt(path, { expectStore: true }))).toBe('store-lost')
    expect(await codeOf(openTestClient({ storage: createMemoryStore(), expectStore: true }))).toBe(
      'store-lost',
    )
    const client = await openAt(path, { expectStore: true, damaged: 'set-aside' })
    expect(client.store.condition).toBe('lost')
    await client.close()
    await using again = await openAt(path, { expectStore: true })
    expect(again.store.condition).toBe('sound')
  })

  it('[E10] and was destroyed on purpose is not missed', async () => {
    const path = await copyOf(sound)
    const storage = createSqliteStore({ path })
    await storage.destroy()
    await using client = await openAt(path)
    expect(client.store.condition).toBe('sound')
  })
})

describe('with a server', () => {
  const PASSWORD = 'a made-up password'
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const durable = (...clients: Client[]) =>
    until(() => clients.every(({ sync }) => sync.status.state === 'durable'), 20_000)
  const at = (path: string, options: Options = {}) => openAt(path, { server: server.url, ...options })

  async function signedUp(name: string): Promise<{ path: string; username: string }> {
    const path = directory.at(`${name}.sqlite`)
    await using client = await at(path)
    await client.account.register({ username: name, password: PASSWORD })
    await client.privacy.set({ votes: 'open', progress: 'open' })
    for (const bill of BILLS) await client.votes.cast(bill, 'yes', { billName: `Made-up act ${bill}` })
    await durable(client)
    return { path, username: name }
  }

  it.each([
    ['damaged', async (path: string) => truncate(path, 9000)],
    ['lost', async (path: string) => rm(path)],
    [
      'key-lost',
      async (path: string) => {
        const database = new Database(path)
        database.exec(`delete from rows where id in ${HEADERS}`)
        database.close()
      },
    ],
  ])(
    '[E9] [E10] [E11] a store that is %s gets everything back once somebody signs in',
    async (name, harm) => {
      const { path, username } = await signedUp(`made-up-${name}`)
      await harm(path)
      await using client = await at(path, { damaged: 'set-aside' })
      expect(client.store.condition).toMatch(name === 'damaged' ? /^(damaged|key-lost)$/ : name)
      await client.account.login({ login: username, password: PASSWORD })
      const { sync } = client
      await until(() => sync.status.problem === 'consent-required' || sync.status.state === 'durable')
      await client.privacy.confirm()
      await durable(client)
      await until(() => billsOf(client).length === BILLS.length)
      expect(client.store.condition).not.toBe('copied')
    },
  )

  it('[E12] a copied store is noticed, gets another name, and both copies come to the same, with nothing lost', async () => {
    const { path, username } = await signedUp('made-up-copied')
    const copy = await copyOf(path)
    // Both write offline under the one name, in turns and at the same time.
    {
      await using one = await openAt(path)
      await using two = await openAt(copy)
      expect(two.device).toBe(one.device)
      for (const n of [1, 2, 3]) {
        await one.votes.cast(`hr${500 + n}-118`, 'yes')
        await two.votes.cast(`hr${600 + n}-118`, 'no')
        await one.votes.cast(`hr${700 + n}-118`, 'yes')
        // Within one millisecond the stamps of two writers do not say who was later.
        const castAtMs = Date.now()
        await until(() => Date.now() > castAtMs)
        await two.votes.cast(`hr${700 + n}-118`, 'no')
      }
    }
    await using one = await at(path)
    const [oldName] = [one.device]
    await durable(one)
    await using two = await at(copy)
    let told = 0
    two.store.subscribe(() => told++)
    await until(() => two.store.condition === 'copied')
    // Whoever renews a token that the other has renewed already is told that the session is over.
    await until(() => one.sync.status.problem === 'unauthorized' || two.sync.status.state === 'durable')
    for (const client of [one, two])
      if (client.account.current() === undefined)
        await client.account.login({ login: username, password: PASSWORD })
    await two.progress.record('a-resource', { percent: 10, seconds: 30 })
    await one.progress.record('a-resource', { percent: 20, seconds: 60 })
    await until(() => told === 1 && two.device !== oldName)
    expect(two.privacy.get()).toMatchObject({ votes: 'open', progress: 'open' })
    await until(
      () =>
        JSON.stringify([...one.state('votes')].sort()) === JSON.stringify([...two.state('votes')].sort()) &&
        one.progress.get('a-resource')?.seconds === 90 &&
        two.progress.get('a-resource')?.seconds === 90,
      20_000,
    )
    expect(one.device).not.toBe(two.device)
    expect(billsOf(one)).toHaveLength(BILLS.length + 9)
    for (const n of [1, 2, 3]) expect(one.votes.get(`hr${700 + n}-118`)?.choice).toBe('no')
  })

  it('[A7] [E12] a copied store whose session was ended says so, also after it was opened again', async () => {
    const { path, username } = await signedUp('made-up-session')
    const copy = await copyOf(path)
    {
      await using one = await at(path)
      await durable(one)
    }
    {
      // The successor is in use now: what the copy holds is a copy.
      await using one = await at(path)
      await durable(one)
    }
    const two = await at(copy)
    await until(() => two.sync.status.state === 'problem')
    expect(two.sync.status).toMatchObject({ problem: 'unauthorized' })
    expect(two.account.current()).toBeUndefined()
    await two.votes.cast('hr900-118', 'yes')
    await two.close()
    await using again = await at(copy)
    expect(again.sync.status).toEqual({ state: 'problem', problem: 'unauthorized', pending: 1 })
    await again.account.login({ login: username, password: PASSWORD })
    await durable(again)
  })
})
