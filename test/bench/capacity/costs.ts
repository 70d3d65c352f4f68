// What a person costs: measured on one server of this project and its Postgres.
import pg from 'pg'
import { call, registerPeople } from '../../support/people.ts'
import { connectSynced } from '../../support/register-writer.ts'
import type { Bench } from '../sync/bench.ts'
import { votesUpdate } from '../sync/payloads.ts'
import { postgresCpuSeconds } from '../sync/quiet.ts'
import { type RunningSubject, workforceDemocracy } from '../sync/subjects.ts'
import { walPosition } from '../sync/wal.ts'
import { ACTIVE_DAYS, DOCUMENTS, live } from './person-year.ts'

/** Processor, in milliseconds. */
export interface Processor {
  readonly server: number
  readonly postgres: number
}

/** Costs of one of each. */
export interface Costs {
  /** A password is hashed, as at a sign-in. */
  readonly signUp: Processor
  readonly write: Processor
  /** Of opening a document that holds a year, and leaving it. */
  readonly opening: Processor
  /** Of an open document that nobody writes, for a second. */
  readonly idleSecond: Processor
  readonly recommendation: Processor
  /** Bytes in both databases, indexes included, packed: what Postgres keeps free for later comes on top. */
  readonly accountBytes: number
  readonly yearBytes: number
  /** Of the latter, by table of the data database, the largest first. */
  readonly yearBytesByTable: Readonly<Record<string, number>>
  readonly yearWrites: number
  readonly walBytesAWrite: number
}

/** How much is measured. */
export interface CapacitySize {
  readonly accounts: number
  /** Of them, those who live. */
  readonly people: number
  readonly days: number
  readonly openings: number
  readonly readings: number
  readonly idleDocuments: number
  readonly idleMs: number
}

const IDLE_WINDOWS = 4

/** Measures one after the other on one server. */
export async function measureCosts(bench: Bench, size: CapacitySize): Promise<Costs> {
  await using running = await workforceDemocracy.start(bench)
  const { url } = running
  const cost = <T>(work: () => Promise<T>) => costOf(bench, running, work)
  const empty = await storedBytes(bench)
  const signUps = await cost(() => registerPeople(url, size.accounts))
  const people = signUps.result.slice(0, size.people)
  const withAccounts = await storedBytes(bench)
  const tablesBefore = await tableBytes(bench)
  bench.say(`${size.accounts} signed up`)

  const walBefore = await walPosition(bench)
  const years = await cost(async () => {
    let writes = 0
    for (const { accessToken } of people) writes += await live(url, accessToken, size.days)
    return writes
  })
  const writes = years.result
  const wal = (await walPosition(bench)) - walBefore
  const unpacked = await databaseBytes(bench)
  const withYears = await storedBytes(bench)
  const tables = await tableBytes(bench)
  bench.say(`${writes} writes; ${(unpacked / withYears).toFixed(2)} times as large before it was packed`)

  const openings = await cost(async () => {
    for (let n = 0; n < size.openings; n++) {
      const { accessToken } = people[n % people.length]!
      await using _client = await connectSynced(url, accessToken, {
        document: DOCUMENTS[n % DOCUMENTS.length]!,
        query: '?mode=open',
      })
    }
  })
  const readings = await cost(async () => {
    for (let n = 0; n < size.readings; n++) {
      const { accessToken } = people[n % people.length]!
      await call(url, 'GET', '/api/resources/recommended', { token: accessToken })
    }
  })
  const opening = each(openings, size.openings)
  const opened = people.length * size.days * DOCUMENTS.length
  const ofAYear = ACTIVE_DAYS / size.days / people.length
  return {
    signUp: each(signUps, size.accounts),
    write: each(
      less(years, { server: opening.server * opened, postgres: opening.postgres * opened }),
      writes,
    ),
    opening,
    idleSecond: await idleCost(bench, running, size),
    recommendation: each(readings, size.readings),
    accountBytes: (withAccounts - empty) / size.accounts,
    yearBytes: (withYears - withAccounts) * ofAYear,
    yearBytesByTable: Object.fromEntries(
      Object.entries(tables).map(([name, bytes]) => [name, (bytes - (tablesBefore[name] ?? 0)) * ofAYear]),
    ),
    yearWrites: writes * ofAYear,
    walBytesAWrite: wal / writes,
  }
}

/** Of documents that are open and left alone: they are looked after every two seconds. */
async function idleCost(
  bench: Bench,
  running: RunningSubject,
  { idleDocuments, idleMs }: CapacitySize,
): Promise<Processor> {
  const documents = await running.makeDocuments(idleDocuments, 'text')
  const idle = () => costOf(bench, running, () => new Promise(resolve => setTimeout(resolve, idleMs)))
  const without = await idle()
  await bench.generator.call('hold', { targets: documents.map(running.targetOf), update: votesUpdate(10, 2) })
  // At first what was written is still projected: the cheapest window is the idle one.
  const windows = []
  for (let n = 0; n < IDLE_WINDOWS; n++) windows.push(await idle())
  const [costs = without] = windows.toSorted((one, other) => total(one) - total(other))
  await bench.generator.call('closeAll', undefined)
  return each(less(costs, without), (idleDocuments * idleMs) / 1000)
}

const total = ({ server, postgres }: Processor) => server + postgres

async function costOf<T>(
  { postgres }: Bench,
  running: RunningSubject,
  work: () => Promise<T>,
): Promise<Processor & { readonly result: T }> {
  const look = async (): Promise<Processor> => ({
    server: 1000 * (await running.cpuSeconds()),
    postgres: 1000 * (await postgresCpuSeconds(postgres.directory)),
  })
  const before = await look()
  const result = await work()
  return { ...less(await look(), before), result }
}

const less = (one: Processor, other: Processor): Processor => ({
  server: one.server - other.server,
  postgres: one.postgres - other.postgres,
})

const each = ({ server, postgres }: Processor, count: number): Processor => ({
  server: server / count,
  postgres: postgres / count,
})

/** What both databases take once every table is rewritten without gaps. */
async function storedBytes(bench: Bench): Promise<number> {
  const { data, postgres } = bench
  const keys = new pg.Client({ connectionString: postgres.keysDatabaseUrl })
  await keys.connect()
  for (const each of [data, keys]) {
    const { rows } = await each.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public'`,
    )
    for (const { name } of rows) await each.query(`vacuum full ${name}`)
  }
  await keys.end()
  return await databaseBytes(bench)
}

async function databaseBytes({ admin }: Bench): Promise<number> {
  const { rows } = await admin.query<{ bytes: number }>(
    `select sum(pg_database_size(oid))::float8 as bytes from pg_database where datname like 'workforce_democracy%'`,
  )
  return rows[0]?.bytes ?? Number.NaN
}

/** Indexes and what is stored out of line included. */
async function tableBytes({ data }: Bench): Promise<Readonly<Record<string, number>>> {
  const { rows } = await data.query<{ name: string; bytes: number }>(
    `select relname as name, pg_total_relation_size(oid)::float8 as bytes from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace order by bytes desc`,
  )
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]))
}
