// The HTTP API beside the queries it answers from: `npm run bench:http -- [--quick] [--calls 400] [--seconds 5] [--json FILE]`.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { createPool } from '../../../server/src/db/database.ts'
import { startOwnPostgres } from '../../support/own-postgres.ts'
import { startServerProcess } from '../../support/server-process.ts'
import { latencyOf } from '../sync/statistics.ts'
import { type BenchPerson, fill, REGISTERS, type Sizes } from './fill.ts'
import { type BenchOperation, groupsOf, OPERATIONS, READS } from './operations.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    calls: { type: 'string', default: '400' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const calls = Number(values.calls)
const FULL: Sizes = { resources: 100_000, people: 10_000, rollCalls: 3_500 }
const QUICK: Sizes = { resources: 10_000, people: 500, rollCalls: 500 }
const sizes = values.quick ? QUICK : FULL
/** What the API may add at p50. */
const ADDED_MS = 3
const AT_ONCE = 16
const WARM_UP = 30

const say = (line: string) => console.error(`${line} (load ${(loadavg()[0] ?? 0).toFixed(1)})`)
const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
const secrets = {
  encryptionKeys: [{ id: 'bench', key: randomBytes(32) }],
  jwtKeys: [{ ...jwk, kid: 'bench', alg: 'EdDSA' }],
}

await using postgres = await startOwnPostgres()
const { databaseUrl, keysDatabaseUrl } = postgres.databases
const filled = await fill({ databaseUrl, keysDatabaseUrl }, secrets, sizes, say)
const groups = groupsOf(filled)
await using server = await startServerProcess({
  dataDir: postgres.dataDir,
  ...{ databaseUrl, keysDatabaseUrl },
  env: {
    ENCRYPTION_KEYS: `bench:${secrets.encryptionKeys[0]?.key.toString('base64')}`,
    JWT_PRIVATE_KEYS: JSON.stringify(secrets.jwtKeys),
  },
})
const url = new URL(server.url)
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE, timeout: 2_500 })
const pools = {
  pool: createPool(databaseUrl, { max: AT_ONCE }),
  keysPool: createPool(keysDatabaseUrl, { max: AT_ONCE }),
}
const tokenById = new Map<string, string>()

const measured: NonNullable<Awaited<ReturnType<typeof measure>>>[] = []
for (const operation of OPERATIONS) {
  const found = await measure(operation)
  say(`${operation.name}: ${found ? 'measured' : 'not there yet'}`)
  if (found) measured.push(found)
}
const reads = await measureReads()
report()
const holds = measured.every(({ met }) => met)
if (values.json)
  await writeFile(values.json, `${JSON.stringify({ sizes, measured, reads, holds }, undefined, 2)}\n`)
agent.destroy()
await Promise.all(Object.values(pools).map(pool => pool.end()))
process.exitCode = holds ? 0 : 1

/** `undefined` for a route that is not there. */
async function measure(operation: BenchOperation) {
  const group = operation.who === 'voter' ? groups.voter : groups.readers
  const others = operation.who === 'voter' ? groups.voter : groups.writers
  const personOf = (list: readonly BenchPerson[], n: number) => list[n % list.length] ?? filled.voter
  const ask = (n: number) => call(operation, personOf(group, n), n)
  if ((await ask(0)).status === 404) return undefined
  for (let n = 1; n <= WARM_UP; n++) {
    await ask(n)
    await operation.direct(pools, personOf(others, n), n)
  }
  const [apiMs, directMs]: [number[], number[]] = [[], []]
  // In turn, so that both meet the same machine.
  for (let n = 1; n <= calls; n++) {
    apiMs.push((await ask(WARM_UP + n)).tookMs)
    const startMs = performance.now()
    await operation.direct(pools, personOf(others, WARM_UP + n), n)
    directMs.push(performance.now() - startMs)
  }
  const perSecond = await throughput(n => ask(WARM_UP + calls + n))
  const [api, direct] = [latencyOf(apiMs), latencyOf(directMs)]
  const addedMs = api.p50 - direct.p50
  const { boundMs } = operation
  const met = boundMs === undefined ? addedMs <= ADDED_MS : api.p50 <= boundMs
  return { name: operation.name, api, direct, addedMs, perSecond, boundMs, met }
}

/** Requests a second, with so many under way at once. */
async function throughput(ask: (n: number) => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  const untilMs = startMs + Number(values.seconds) * 1000
  let done = 0
  let begun = 0
  const loop = async () => {
    while (performance.now() < untilMs) {
      await ask(++begun)
      done++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, loop))
  return done / ((performance.now() - startMs) / 1000)
}

/** What a person's role costs on a read. */
async function measureReads() {
  const names = Object.keys(READS) as (keyof typeof READS)[]
  const times = new Map<string, number[]>(names.map(name => [name, []]))
  for (let n = 0; n < calls * 5; n++)
    for (const name of names) {
      const startMs = performance.now()
      await READS[name](pools.pool, groups.readers[n % groups.readers.length] ?? filled.voter)
      times.get(name)?.push(performance.now() - startMs)
    }
  return names.map(name => ({ name, ...latencyOf(times.get(name) ?? []) }))
}

async function tokenOf(person: BenchPerson): Promise<string> {
  const token = tokenById.get(person.id) ?? (await filled.tokenOf(person))
  tokenById.set(person.id, token)
  return token
}

async function call(
  operation: BenchOperation,
  person: BenchPerson,
  n: number,
): Promise<{ status: number; tookMs: number }> {
  const { method, path, body } = operation.request(n)
  const token = operation.who === 'anyone' ? undefined : await tokenOf(person)
  const text = body && JSON.stringify(body)
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(text && { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
  }
  return new Promise((resolve, reject) => {
    const startMs = performance.now()
    const sent = request({ host: url.hostname, port: url.port, method, path, agent, headers }, answer => {
      answer.on('error', reject).on('data', () => undefined)
      answer.on('end', () => {
        const status = answer.statusCode ?? 0
        if (status === 200 || status === 404) resolve({ status, tookMs: performance.now() - startMs })
        else reject(new Error(`${method} ${path} answered ${status}`))
      })
    })
    sent.on('error', reject).end(text)
  })
}

function report(): void {
  const ms = (value: number) => `${value.toFixed(2)} ms`
  console.log(
    `${availableParallelism()} × ${cpus()[0]?.model ?? ''}, Node ${process.version.slice(1)}, load ${(loadavg()[0] ?? 0).toFixed(1)}; ` +
      `${sizes.resources} resources, ${sizes.people} people × ${REGISTERS} registers, ${sizes.rollCalls} roll calls; ${calls} calls each\n`,
  )
  console.log('| request | p50 | p99 | its queries: p50 | p99 | added at p50 | requests/s | |')
  console.log('|---|---|---|---|---|---|---|---|')
  for (const { name, api, direct, addedMs, perSecond, boundMs, met } of measured)
    console.log(
      `| ${name} | ${ms(api.p50)} | ${ms(api.p99)} | ${ms(direct.p50)} | ${ms(direct.p99)} | ${ms(addedMs)} | ${perSecond.toFixed(0)} | ${boundMs ?? `+ ${ADDED_MS}`} ms: ${met ? 'met' : '**missed**'} |`,
    )
  console.log('\n| a read | p50 | p99 |\n|---|---|---|')
  for (const { name, p50, p99 } of reads) console.log(`| ${name} | ${ms(p50)} | ${ms(p99)} |`)
}
