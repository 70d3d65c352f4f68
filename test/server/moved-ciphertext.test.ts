// Ciphertext that somebody with the database in hand puts in another place: nobody gets to see what is not theirs.
import { randomBytes } from 'node:crypto'
import type { SessionResponse } from '@workforce-democracy/shared'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeKeys, recordDevice } from '../../client-sdk/src/account/opened-keys.ts'
import { createDeviceKey } from '../../client-sdk/src/keys/device-key.ts'
import { KEY_BYTES, loadSodium, type Sodium } from '../../client-sdk/src/keys/sodium.ts'
import { createVault } from '../../client-sdk/src/keys/vault.ts'
import { askForMove, openContent } from '../support/moves.ts'
import { connectSynced, OPEN, received, registerWriter } from '../support/register-writer.ts'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'

const EVERYTHING = { civicEngagementTracking: true, personalizedRecommendations: true }
const PASSWORD = randomBytes(32).toString('base64url')
/** Not encrypted, and of no use to who reads them: keyed hashes, seeds, and checksums of public files. */
const NO_CIPHERTEXT = /_hash$|_seed$|^fingerprint$|^chain$/
/** A mail and the new address in a token are read once, by whoever sends the mail or has the token; of engagement nobody reads yet. */
const READ_BY_NOBODY = ['mail_outbox.data', 'mail_tokens.email', 'user_topic_engagement.value']
/** The rows of one person, found by a keyed hash that the ciphertext is bound to. */
const ROW_TABLES = ['civic_votes', 'user_learning_activity', 'user_profiles'] as const

interface Person {
  readonly session: SessionResponse
  readonly login: string
}

let server: TestServer
let sodium: Sodium
let db: pg.Client
let people: [Person, Person]

beforeAll(async () => {
  server = await startTestServer()
  sodium = await loadSodium()
  db = new pg.Client({ connectionString: server.databases.databaseUrl })
  await db.connect()
  await fillWithStarter(server)
  people = [await person('one'), await person('two')]
})
afterAll(async () => {
  await db.end()
  await server[Symbol.asyncDispose]()
})

/** Somebody with something in every table: votes in the log, bookmarks in a snapshot. */
async function person(name: string): Promise<Person> {
  const login = `made-up-${name}`
  const deviceKey = createDeviceKey(sodium, Date.now())
  const keys = makeKeys(sodium, {
    vault: createVault(sodium),
    identitySecret: sodium.randomBytes(KEY_BYTES),
    number: 1,
    devices: [recordDevice(sodium, deviceKey)],
    wrappingKey: sodium.randomBytes(KEY_BYTES),
  }).request
  const device = { id: deviceKey.id, name: `device of ${name}` }
  const body = { username: login, password: PASSWORD, privacy: EVERYTHING, keys, device }
  const session: SessionResponse = (await server.call('POST', '/api/auth/register', { body })).body
  for (const billId of ['hr1-119', 'hr2-119'])
    await server.call('POST', '/api/civic/vote', {
      token: session.accessToken,
      body: { billId, choice: name === 'one' ? 'yes' : 'no' },
    })
  for (const document of ['profile', 'bookmarks'] as const) {
    await using client = await connectSynced(server.url, session.accessToken, { document })
    const writer = registerWriter(client)
    writer.write(document === 'profile' ? 'goals' : 'bill/hr1-119', `of ${name}`)
    writer.write(document === 'profile' ? 'occupation' : 'bill/hr2-119', `of ${name}`)
    await client.durable(2)
  }
  const call = (method: string, path: string, body?: object) =>
    server.call(method, path, { token: session.accessToken, ...(body && { body }) })
  await call('POST', '/api/local/resources', { name: `A place of ${name}`, type: 'food' })
  const [place] = (await call('GET', '/api/local/resources?limit=1')).body.items
  await call('POST', `/api/local/resources/${place.id}/rate`, { rating: name === 'one' ? 1 : 5 })
  const content = openContent(
    ['bill/hr3-119', 'bill/hr4-119'].map(key => ({ key, stamp: 9, device: 'device01', value: `of ${name}` })),
  )
  const from = { generation: 1, position: 2 }
  expect((await askForMove(server.url, session, { document: 'bookmarks', from, content })).status).toBe(200)
  return { session, login }
}

/** Everything that a person can get at, as text; `at-rest-damaged` and the like where there is no answer. */
async function everythingOf({ session, login }: Person): Promise<Record<string, string>> {
  const { status, body } = await server.call('GET', '/api/user/data-export', { token: session.accessToken })
  const { status: entered, body: who } = await server.call('POST', '/api/auth/login', {
    body: { login, password: PASSWORD },
  })
  const keys = await server.call('GET', '/api/user/keys', { token: session.accessToken })
  const documents: Record<string, string> = {}
  for (const [document, generation] of [
    ['votes', 1],
    ['profile', 1],
    ['bookmarks', 2],
  ] as const) {
    await using client = await connectSynced(server.url, session.accessToken, {
      document,
      query: generation === 1 ? OPEN : `?mode=open&generation=${generation}`,
    })
    documents[document] =
      client.closeCode === undefined
        ? JSON.stringify(received(client).getArray('registers').toJSON().sort())
        : `closed ${client.closeCode}`
  }
  const locally = async (path: string) => {
    const { status, body } = await server.call('GET', `/api/local/${path}`, { token: session.accessToken })
    return status === 200 ? JSON.stringify(body.items) : body.code
  }
  return {
    submissions: await locally('submissions'),
    ratings: await locally('ratings'),
    export: status === 200 ? JSON.stringify([body.account.username, body.registers]) : body.code,
    devices: status === 200 ? JSON.stringify(body.account.devices[0].name) : body.code,
    keys: keys.status === 200 ? JSON.stringify(keys.body) : keys.body.code,
    login: entered === 200 ? who.user.username : who.code,
    ...documents,
  }
}

const ciphertexts = async () => {
  const { rows } = await db.query<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public' and data_type = 'bytea' order by 1, 2`,
  )
  return rows.filter(({ column }) => !NO_CIPHERTEXT.test(column))
}

/** The column that says whose a row is. */
async function ownerColumn(table: string): Promise<string> {
  const { rows } = await db.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1
       and (column_name in ('person_id', 'user_id') or ($1 = 'users' and column_name = 'id'))`,
    [table],
  )
  return rows[0]!.name
}

/** What a column holds of one person, in an order that is the same for people with the same rows. */
async function valuesOf(table: string, column: string, owner: string, personId: string): Promise<Buffer[]> {
  const { rows } = await db.query<{ value: Buffer }>(
    `select ${column} as value from ${table} t where ${owner} = $1 and ${column} is not null
     order by to_jsonb(t) ->> 'document', to_jsonb(t) ->> 'position'`,
    [personId],
  )
  return rows.map(({ value }) => value)
}

test('[S1] the ciphertext of another person opens in no column', async () => {
  const before = await Promise.all(people.map(everythingOf))
  for (const { export: exported } of before) expect(exported).toContain('hr2-119')
  const untouched: string[] = []
  for (const { table, column } of await ciphertexts()) {
    const owner = await ownerColumn(table)
    const [one, two] = people.map(({ session }) => session.user.id) as [string, string]
    const [a, b] = await Promise.all([one, two].map(id => valuesOf(table, column, owner, id)))
    const replace = (from: readonly Buffer[], to: readonly Buffer[], id: string) =>
      db.query(
        `update ${table} t set ${column} = n.value from unnest($1::bytea[], $2::bytea[]) as n (old, value)
         where t.${owner} = $3 and t.${column} = n.old`,
        [from, to, id],
      )
    if (a!.length === 0 || a!.length !== b!.length) {
      untouched.push(`${table}.${column}`)
      continue
    }
    await replace(a!, b!, one)
    await replace(b!, a!, two)
    const during = await Promise.all(people.map(everythingOf))
    await replace(b!, a!, one)
    await replace(a!, b!, two)
    for (const [n, found] of during.entries()) {
      const failed = Object.entries(found).filter(([what, text]) => text !== before[n]![what])
      for (const [what, text] of failed)
        expect({ table, column, what, text }).toEqual({
          ...{ table, column, what },
          text: expect.stringMatching(/^(at-rest-damaged|closed 4503)$/),
        })
      if (failed.length === 0) untouched.push(`${table}.${column}`)
    }
  }
  expect([...new Set(untouched)]).toEqual(READ_BY_NOBODY)
  expect(await Promise.all(people.map(everythingOf))).toEqual(before)
}, 60_000)

test.each(ROW_TABLES)(
  '[S1] the ciphertext of another row of the same person opens nowhere: %s',
  async table => {
    const [one] = people
    const { rows } = await db.query<{ value: Buffer }>(
      `select value from ${table} where user_id = $1 order by value limit 2`,
      [one.session.user.id],
    )
    expect(rows).toHaveLength(2)
    const swap = () =>
      db.query(
        `update ${table} set value = case value when $1 then $2 else $1 end where user_id = $3 and value in ($1, $2)`,
        [rows[0]!.value, rows[1]!.value, one.session.user.id],
      )
    const before = await everythingOf(one)
    await swap()
    expect((await everythingOf(one)).export).toBe('at-rest-damaged')
    await swap()
    expect(await everythingOf(one)).toEqual(before)
  },
)
