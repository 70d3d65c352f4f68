// What channels cost or save against a socket a document: `npm run bench:channels -- [--people 250] [--runs 3]`.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { registerPeople } from '../support/people.ts'
import { Device, type Over } from './channels/device.ts'
import { startProcess } from './sync/calls.ts'
import { createPayload, votesUpdate } from './sync/payloads.ts'
import { untilQuiet } from './sync/quiet.ts'
import { median, quantile } from './sync/statistics.ts'
import type { ServerHandlers } from './sync/subjects.ts'

const { values } = parseArgs({
  options: { people: { type: 'string', default: '250' }, runs: { type: 'string', default: '3' } },
})
const [people, runs] = [Number(values.people), Number(values.runs)]
/** The lower end of the slope of memory. */
const few = Math.floor(people / 5)
/** About 5 KB of state a document, as in `bench:sync`. */
const VOTES = 50
const VOTES_A_SESSION = 2
const WRITING_PEOPLE = 20
const UPDATES = 100
const QUIET_MS = 10_000
const OVER: readonly Over[] = ['sockets', 'channels']

/** What one run found, for one way of carrying documents. */
interface Found {
  /** Resident bytes of the server. */
  readonly bytesPerDocument: number
  /** Until one device has all four documents, the server having none of them in memory. */
  readonly connectMs: { readonly p50: number; readonly p99: number }
  readonly serverMsPerConnect: number
  /** Over the network, both ways, until a device has all four. */
  readonly connectBytes: number
  /** Of the server's processor, per update that became durable. */
  readonly serverUsPerUpdate: number
}

/** The same for all devices, and in each run what follows. */
const payload = createPayload('votes')
let written = 0

await using postgres = await startOwnPostgres()
const startServer = () =>
  startProcess<ServerHandlers>('workforce-democracy-child.ts', {
    PORT: '0',
    DATA_DIR: postgres.dataDir,
    REQUIRE_EMAIL: 'false',
    LIMIT_ATTEMPTS_PER_ADDRESS: '1000000',
    DATABASE_URL: postgres.databaseUrl,
    KEYS_DATABASE_URL: postgres.keysDatabaseUrl,
    BENCH_LIMITS: JSON.stringify({ messagesPerSecond: 1e6, messageBurst: 1e6 }),
  })

const tokens = await prepare()
const found: Record<Over, Found[]> = { sockets: [], channels: [] }
for (let run = 1; run <= runs; run++) {
  for (const over of OVER) {
    const idle = await untilQuiet(QUIET_MS)
    found[over].push(await measure(over))
    const load = (loadavg()[0] ?? 0).toFixed(1)
    console.error(
      `run ${run}, ${over} (${idle.toFixed(1)} of ${cpus().length} cores idle before, load ${load}): ${JSON.stringify(found[over].at(-1))}`,
    )
  }
}
console.log(toMarkdown())

/** People whose documents have content, all of it in Postgres. Returns their tokens. */
async function prepare(): Promise<readonly string[]> {
  await using server = await startServer()
  const url = await server.call('url', undefined)
  const sessions = await registerPeople(url, people)
  const content = votesUpdate(VOTES, VOTES_A_SESSION)
  for (const { accessToken } of sessions) {
    const device = await Device.connect({ url, accessToken, documents: OPENABLE_DOCUMENTS }, 'channels')
    await device.write([content])
    await device.close()
  }
  return sessions.map(({ accessToken }) => accessToken)
}

async function measure(over: Over): Promise<Found> {
  await using server = await startServer()
  const url = await server.call('url', undefined)
  const cpuSeconds = () => server.call('cpuSeconds', undefined)
  const residentBytes = () => server.call('residentBytes', undefined)
  const devices: Device[] = []
  const connectMs: number[] = []
  const connect = async (accessToken: string) => {
    const startMs = performance.now()
    devices.push(await Device.connect({ url, accessToken, documents: OPENABLE_DOCUMENTS }, over))
    connectMs.push(performance.now() - startMs)
  }
  for (const token of tokens.slice(0, few)) await connect(token)
  const atFew = await residentBytes()
  const cpuAtFew = await cpuSeconds()
  for (const token of tokens.slice(few)) await connect(token)
  const cpuAtAll = await cpuSeconds()
  const atAll = await residentBytes()
  const connectBytes = median(devices.map(({ bytes }) => bytes))
  const serverUsPerUpdate = await measureWriting(devices.slice(0, WRITING_PEOPLE), cpuSeconds)
  await Promise.all(devices.map(device => device.close()))
  const further = people - few
  return {
    bytesPerDocument: (atAll - atFew) / (further * OPENABLE_DOCUMENTS.length),
    connectMs: {
      p50: quantile(connectMs.slice(few), 0.5),
      p99: quantile(connectMs.slice(few), 0.99),
    },
    serverMsPerConnect: ((cpuAtAll - cpuAtFew) * 1_000) / further,
    connectBytes,
    serverUsPerUpdate,
  }
}

/** Every one of these devices writes to all its documents as fast as it can. */
async function measureWriting(
  devices: readonly Device[],
  cpuSeconds: () => Promise<number>,
): Promise<number> {
  const updates = Array.from({ length: UPDATES }, (_, n) => payload.update(written + n))
  written += UPDATES
  const before = await cpuSeconds()
  await Promise.all(devices.map(device => device.write(updates)))
  const seconds = (await cpuSeconds()) - before
  return (seconds * 1e6) / (devices.length * OPENABLE_DOCUMENTS.length * UPDATES)
}

function toMarkdown(): string {
  const rows: [string, (each: Found) => number, string][] = [
    ['memory per document with its connection', each => each.bytesPerDocument / 1024, 'KB'],
    ['four documents in sync, p50', each => each.connectMs.p50, 'ms'],
    ['four documents in sync, p99', each => each.connectMs.p99, 'ms'],
    ['processor of the server, per device that connects', each => each.serverMsPerConnect, 'ms'],
    ['bytes until four documents are in sync', each => each.connectBytes, 'bytes'],
    ['processor of the server, per durable update', each => each.serverUsPerUpdate, 'µs'],
  ]
  const cell = (over: Over, read: (each: Found) => number, unit: string) => {
    const values = found[over].map(read)
    return `${median(values).toFixed(1)} ${unit} (${values.map(value => value.toFixed(1)).join(', ')})`
  }
  const lines = rows.map(
    ([what, read, unit]) => `| ${what} | ${cell('sockets', read, unit)} | ${cell('channels', read, unit)} |`,
  )
  return ['| | a socket each | channels of one socket |', '|---|---|---|', ...lines].join('\n')
}
