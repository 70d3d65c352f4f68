import { existsSync } from 'node:fs'
import { copyFile, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { type Client, createSqliteStore, openClient } from '@workforce-democracy/client/node'
import { DOCUMENT_NAMES } from '@workforce-democracy/shared'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, everything, openTestClient, STORE_SECRET, temporaryDirectory } from './clients.ts'

const PASSPHRASE = 'a made-up passphrase'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
/** A sound store, closed, and what is in it. */
let sound: { readonly path: string; readonly content: string }
/** The same store as a kill leaves it: most of it in the log. */
let killed: { readonly path: string; readonly content: string }

beforeAll(async () => {
  directory = await temporaryDirectory()
  const path = directory.at('sound.sqlite')
  await using client = await openAt(path)
  await fill(client)
  killed = { path: directory.at('killed.sqlite'), content: everything(client, DOCUMENT_NAMES) }
  for (const suffix of ['', '-wal']) await copyFile(path + suffix, killed.path + suffix)
  sound = { path, content: killed.content }
})
afterAll(() => directory[Symbol.asyncDispose]())

const openAt = (path: string) => openTestClient({ storage: createSqliteStore({ path }) })

async function fill(client: Client): Promise<void> {
  for (let n = 1; n <= 30; n++) await client.votes.cast(`hr${n}-118`, 'yes', { billName: `Made-up act ${n}` })
  for (let n = 1; n <= 10; n++) await client.bookmarks.add('bill', `hr${n}-118`)
  for (let n = 1; n <= 10; n++) await client.votes.retract(`hr${n}-118`)
}

let copies = 0
/** A copy that the test may damage. */
async function copyOf({ path }: { path: string }): Promise<string> {
  const copy = directory.at(`copy-${copies++}.sqlite`)
  for (const suffix of ['', '-wal'])
    if (existsSync(path + suffix)) await copyFile(path + suffix, copy + suffix)
  return copy
}

/** Every file of a store, but for the lock. */
async function bytesOf(path: string): Promise<string> {
  const files = [path, `${path}-wal`, `${path}-shm`, `${path}-new`].filter(existsSync)
  const contents = await Promise.all(
    files.map(async file => `${file} ${(await readFile(file)).toString('base64')}`),
  )
  return contents.join('\n')
}

async function flipBit(path: string, offset: number, bit = 0): Promise<void> {
  await using file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, offset)
  byte[0]! ^= 1 << bit
  await file.write(byte, 0, 1, offset)
}

/** Opens a damaged store: either it says so and stays as it is, or nothing is missing from it. */
async function openDamaged(path: string, content: string): Promise<'damaged' | 'unharmed'> {
  const before = await bytesOf(path)
  const client = await openAt(path).catch((error: { code?: string }) => error.code ?? String(error))
  if (typeof client === 'string') {
    expect(client).toBe('store-damaged')
    expect(await bytesOf(path)).toBe(before)
    return 'damaged'
  }
  expect(everything(client, DOCUMENT_NAMES)).toBe(content)
  await client.votes.cast('hr4321-118', 'no')
  await client.close()
  return 'unharmed'
}

describe('a damaged store file', () => {
  it('undamaged copies open, also after a kill', async () => {
    expect(await openDamaged(await copyOf(sound), sound.content)).toBe('unharmed')
    expect((await stat(`${killed.path}-wal`)).size).toBeGreaterThan(10_000)
    expect(await openDamaged(await copyOf(killed), killed.content)).toBe('unharmed')
  })

  it('[E8] one flipped bit anywhere in the file is reported, or harmless: nothing is ever missing in silence', async () => {
    const { size } = await stat(sound.path)
    const outcomes = { damaged: 0, unharmed: 0 }
    const headerOffsets = Array.from({ length: 28 }, (_, index) => index * 4)
    const offsets = [
      ...headerOffsets,
      ...Array.from({ length: 60 }, (_, index) => Math.floor((index / 60) * size)),
    ]
    for (const [index, offset] of offsets.entries()) {
      const path = await copyOf(sound)
      await flipBit(path, offset, index % 8)
      outcomes[await openDamaged(path, sound.content)]++
      await rm(path)
    }
    expect(outcomes.damaged).toBeGreaterThan(20)
  })

  it('one flipped bit in the log that a kill left is reported where later commits stand behind it', async () => {
    const { size } = await stat(`${killed.path}-wal`)
    const frames = (size - 32) / (4096 + 24)
    const lastTransactions = 32 + (frames - 12) * (4096 + 24)
    for (let index = 0; index < 40; index++) {
      const path = await copyOf(killed)
      await flipBit(`${path}-wal`, Math.floor((index / 40) * lastTransactions), index % 8)
      const outcome = await openDamaged(path, killed.content)
      // Version and checkpoint number of the log's header count for the checksum, too.
      expect(outcome).toBe('damaged')
    }
  })

  it('a log cut off in its last write opens with all that was saved before', async () => {
    const path = await copyOf(killed)
    await truncate(`${path}-wal`, (await stat(`${path}-wal`)).size - 100)
    await using client = await openAt(path)
    expect(client.votes.list().length).toBeGreaterThanOrEqual(20)
  })

  it.each([0, 1, 99, 100, 4095, 4096, 8192, -4096, -1])('cut off at byte %i it is reported', async length => {
    const path = await copyOf(sound)
    const { size } = await stat(path)
    await truncate(path, length < 0 ? size + length : length)
    expect(await openDamaged(path, sound.content)).toBe('damaged')
  })

  it('something else in its place is reported and left alone', async () => {
    const text = directory.at('text.sqlite')
    await writeFile(text, 'This is a letter, not a store.\n'.repeat(1000))
    expect(await openDamaged(text, '')).toBe('damaged')
    const foreign = directory.at('foreign.sqlite')
    const database = new Database(foreign)
    database.exec("create table rows (id text primary key, data blob); insert into rows values ('a', x'00')")
    database.close()
    expect(await openDamaged(foreign, '')).toBe('damaged')
  })

  it('a file that vanished from beside its log is reported, and not made anew', async () => {
    const path = await copyOf(killed)
    await rm(path)
    expect(await openDamaged(path, killed.content)).toBe('damaged')
    expect(existsSync(path)).toBe(false)
  })

  it('a directory in its place, or none around it, is store-failed', async () => {
    expect(await codeOf(openAt(directory.at('.')))).toBe('store-failed')
    expect(await codeOf(openAt(directory.at('nowhere/at/all.sqlite')))).toBe('store-failed')
  })
})

describe('damaged rows', () => {
  /** Changes one byte in the data of some rows, as a program with the file in hand would. */
  async function withDamagedRows(count: number): Promise<string> {
    const path = await copyOf(sound)
    const database = new Database(path)
    const rows = database.prepare<[], { id: string; data: Buffer }>(
      "select id, data from rows where id not in ('header', '~header') limit ?",
    )
    for (const { id, data } of rows.all(...([count] as unknown as []))) {
      data[data.length - 1]! ^= 1
      database.prepare('update rows set data = ? where id = ?').run(data, id)
    }
    database.pragma('journal_mode = wal')
    database.close()
    return path
  }

  it('keep the store shut, untouched', async () => {
    expect(await openDamaged(await withDamagedRows(1), sound.content)).toBe('damaged')
  })

  it('[E9] set-aside opens the others, keeps the damaged ones in the file, and counts them', async () => {
    const path = await withDamagedRows(3)
    const storage = createSqliteStore({ path })
    const client = await openTestClient({ storage, damaged: 'set-aside' })
    expect(client.store.damagedRows).toBe(3)
    await client.votes.cast('hr999-118', 'no')
    await client.close()
    await using again = await openAt(path)
    expect(again.store.damagedRows).toBe(3)
    expect(again.votes.get('hr999-118')?.choice).toBe('no')
  })

  it('a row moved under another id is damaged', async () => {
    const path = await copyOf(sound)
    const database = new Database(path)
    const [a, b] = database
      .prepare<[], { id: string; data: Buffer }>(
        "select id, data from rows where id not in ('header', '~header')",
      )
      .all()
    database.prepare('update rows set data = ? where id = ?').run(a!.data, b!.id)
    database.close()
    expect(await openDamaged(path, sound.content)).toBe('damaged')
  })

  it('[E8] a header whose copies are gone or changed is damaged, not a wrong passphrase', async () => {
    for (const statement of [
      "delete from rows where id in ('header', '~header')",
      "update rows set data = cast(replace(cast(data as text), 'secret', 'argon2id') as blob) where id in ('header', '~header')",
      "update rows set data = x'' where id in ('header', '~header')",
    ]) {
      const path = await copyOf(sound)
      const database = new Database(path)
      database.exec(statement)
      database.close()
      expect(await openDamaged(path, sound.content)).toBe('damaged')
    }
  })
})

describe('the wrong key', () => {
  it('[E11] is wrong-passphrase, and leaves the file as it is', async () => {
    const path = await copyOf(sound)
    const before = await bytesOf(path)
    const storage = () => createSqliteStore({ path })
    const wrong = [{ storeSecret: new Uint8Array(32).fill(8) }, { passphrase: PASSPHRASE }]
    for (const lock of wrong)
      expect(await codeOf(openClient({ storage: storage(), ...lock }))).toBe('wrong-passphrase')
    expect(await bytesOf(path)).toBe(before)
    await using client = await openClient({ storage: storage(), storeSecret: STORE_SECRET })
    expect(everything(client, DOCUMENT_NAMES)).toBe(sound.content)
  })

  it('of a passphrase too: another one is refused, another Unicode form of it opens', async () => {
    const path = directory.at('passphrase.sqlite')
    const open = (passphrase: string) => openClient({ storage: createSqliteStore({ path }), passphrase })
    const client = await open('caf\u00e9 behind the mill')
    await client.votes.cast('hr8-118', 'yes')
    await client.close()
    const before = await bytesOf(path)
    expect(await codeOf(open('cafe behind the mill'))).toBe('wrong-passphrase')
    expect(await codeOf(open('short'))).toBe('invalid-input')
    expect(await bytesOf(path)).toBe(before)
    await using again = await open('cafe\u0301 behind the mill')
    expect(again.votes.get('hr8-118')?.choice).toBe('yes')
  })

  it('neither, both or too short a key is invalid-input, and makes no store', async () => {
    const path = directory.at('never.sqlite')
    const openWith = (lock: object) =>
      codeOf(
        openClient({ storage: createSqliteStore({ path }), ...lock } as Parameters<typeof openClient>[0]),
      )
    expect(await openWith({})).toBe('invalid-input')
    expect(await openWith({ passphrase: PASSPHRASE, storeSecret: STORE_SECRET })).toBe('invalid-input')
    expect(await openWith({ storeSecret: new Uint8Array(31) })).toBe('invalid-input')
    expect(await openWith({ passphrase: '' })).toBe('invalid-input')
    expect(existsSync(path)).toBe(false)
  })
})

it('two clients on one file: the second is told store-in-use, and gets it once the first has closed', async () => {
  const path = await copyOf(sound)
  const first = await openAt(path)
  expect(await codeOf(openAt(path))).toBe('store-in-use')
  await first.votes.cast('hr777-118', 'no')
  await first.close()
  await using second = await openAt(path)
  expect(second.votes.get('hr777-118')?.choice).toBe('no')
})

it('nothing of what a person did, nor keys, names or devices, is readable in the files', async () => {
  const path = directory.at('searched.sqlite')
  await using client = await openAt(path)
  await client.votes.cast('us-zz:unlisted77', 'yes', { billName: 'The Unlisted Lanterns Act' })
  await client.bookmarks.add('bill', 'us-zz:unlisted78', { folder: 'secret shelf' })
  await client.notes.set('bill', 'us-zz:unlisted77', 'A note about lanterns')
  await client.profile.set({ displayName: 'Grace Sample' })
  await client.privacy.set({ votes: 'open' })
  const files = (await readdir(directory.at('.'))).filter(name => name.startsWith('searched.sqlite'))
  expect(files).toContain('searched.sqlite-wal')
  const words = [
    'unlisted7',
    'us-zz',
    'anterns',
    'shelf',
    'Grace',
    'displayName',
    'votes',
    'bookmarks',
    'mode',
    'open',
  ]
  const needles = [...words, client.device, 'register', 'lastStamp'].flatMap(word => [
    Buffer.from(word, 'utf8'),
    Buffer.from(word, 'utf16le'),
  ])
  const search = async () => {
    const bytes = Buffer.concat(
      await Promise.all(files.map(name => readFile(directory.at(name)).catch(() => Buffer.alloc(0)))),
    )
    expect(bytes.includes('wrappedKey')).toBe(true)
    return needles.filter(needle => bytes.includes(needle)).map(String)
  }
  expect(await search()).toEqual([])
  await client.close()
  expect(await search()).toEqual([])
})
