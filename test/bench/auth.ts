// What signing in costs the others: `npm run bench:auth -- [--rounds 5] [--seconds 5] [--logins 50] [--json FILE]`.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { call } from '../support/people.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { sampleMachine, untilQuiet } from './sync/quiet.ts'
import { type Latency, latencyOf } from './sync/statistics.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    logins: { type: 'string', default: '50' },
    json: { type: 'string' },
  },
})
const [rounds, phaseMs, logins] = [
  Number(values.rounds),
  Number(values.seconds) * 1000,
  Number(values.logins),
]

/** p99 while people sign in, against idle. */
const BOUND = 2
/** Between two requests of the others; each goes out when its time has come, however late the one before is answered. */
const PROBE_EVERY_MS = 10
const QUIET_MS = 10_000
/** Not what is measured here. */
const NO_LIMITS = { LIMIT_ATTEMPTS_PER_ACCOUNT: '1000000', LIMIT_ATTEMPTS_PER_ADDRESS: '1000000' }

const PROBES = ['GET /health', 'GET /api/civic/votes'] as const
type Probe = (typeof PROBES)[number]
type Times = Record<Probe, number[]>
const noTimes = (): Times => ({ 'GET /health': [], 'GET /api/civic/votes': [] })

await using directory = await createTemporaryDirectory()
await using server = await startServerProcess({ dataDir: join(directory.path, 'data'), env: NO_LIMITS })
const say = (line: string) => console.error(`${line} (load ${(loadavg()[0] ?? 0).toFixed(1)})`)
const url = new URL(server.url)
/** Idle connections end before the server ends them: it does after five seconds. */
const KEPT = { keepAlive: true, timeout: 2_500 }
// Of their own, so that no probe waits for a connection that a login holds.
const probeAgent = new Agent({ ...KEPT, maxSockets: 64 })
const loginAgent = new Agent({ ...KEPT, maxSockets: logins })

const people = await signUp(logins)
const token = people[0]?.accessToken ?? ''
say(`${logins} people have signed up`)
await Promise.all(people.map(signIn))
await probing(1000)

const [idle, busy] = [noTimes(), noTimes()]
const [loginMs, loginsPerSecond, busyCores]: number[][] = [[], [], []]
for (let round = 1; round <= rounds; round++) {
  await untilQuiet(QUIET_MS)
  add(idle, await probing(phaseMs))
  const sample = sampleMachine()
  const { times, signedIn, seconds } = await whileSigningIn(() => probing(phaseMs))
  add(busy, times)
  busyCores?.push(sample().busyCores)
  loginMs?.push(...signedIn)
  loginsPerSecond?.push(signedIn.length / seconds)
  say(`round ${round} of ${rounds}: ${(signedIn.length / seconds).toFixed(1)} logins/s`)
}

const found = {
  machine: { processor: cpus()[0]?.model ?? '', cores: availableParallelism(), node: process.version },
  logins: { atOnce: logins, perSecond: loginsPerSecond, ms: latencyOf(loginMs ?? []) },
  busyCores,
  probes: PROBES.map(probe => {
    const [before, during] = [latencyOf(idle[probe]), latencyOf(busy[probe])]
    return { probe, requests: busy[probe].length, idle: before, busy: during, ratio: during.p99 / before.p99 }
  }),
  bound: BOUND,
}
const holds = found.probes.every(({ ratio }) => ratio <= BOUND)
report()
if (values.json) await writeFile(values.json, `${JSON.stringify({ ...found, holds }, undefined, 2)}\n`)
probeAgent.destroy()
loginAgent.destroy()
process.exitCode = holds ? 0 : 1

interface BenchPerson {
  readonly login: string
  readonly password: string
  readonly accessToken: string
}

/** With login secrets as an SDK would send them: what a device derives is its own affair. */
async function signUp(count: number): Promise<BenchPerson[]> {
  const people: BenchPerson[] = []
  for (let n = 0; n < count; n++) {
    const [login, password] = [`made-up-${n}`, randomBytes(32).toString('base64url')]
    const { status, body } = await call(server.url, 'POST', '/api/auth/register', {
      body: { username: login, password, privacy: { civicEngagementTracking: true } },
    })
    if (status !== 201) throw new Error(`register answered ${status} ${body?.code}`)
    people.push({ login, password, accessToken: body.accessToken })
  }
  const { accessToken = '' } = people[0] ?? {}
  for (let n = 1; n <= 20; n++)
    await call(server.url, 'POST', '/api/civic/vote', {
      token: accessToken,
      body: { billId: `hr${n}-119`, choice: 'yes' },
    })
  return people
}

async function signIn({ login, password }: BenchPerson): Promise<number> {
  const body = JSON.stringify({ login, password })
  return timed('POST', '/api/auth/login', loginAgent, { 'content-type': 'application/json' }, body)
}

/** Everybody signs in again and again while `work` is under way. */
async function whileSigningIn(work: () => Promise<Times>) {
  const signedIn: number[] = []
  let done = false
  const startMs = performance.now()
  const loops = people.map(async person => {
    while (!done) {
      const tookMs = await signIn(person)
      if (!done) signedIn.push(tookMs)
    }
  })
  const times = await work()
  done = true
  const seconds = (performance.now() - startMs) / 1000
  await Promise.all(loops)
  return { times, signedIn, seconds }
}

/** How long the others wait, for so long. */
async function probing(durationMs: number): Promise<Times> {
  const times = noTimes()
  const underWay: Promise<void>[] = []
  const startMs = performance.now()
  for (let n = 0; n * PROBE_EVERY_MS < durationMs; n++) {
    const dueMs = startMs + n * PROBE_EVERY_MS - performance.now()
    if (dueMs > 0) await new Promise(resolve => setTimeout(resolve, dueMs))
    const probe = PROBES[n % PROBES.length] ?? PROBES[0]
    underWay.push(probeOnce(probe).then(tookMs => void times[probe].push(tookMs)))
  }
  await Promise.all(underWay)
  return times
}

function probeOnce(probe: Probe): Promise<number> {
  const [method = '', path = ''] = probe.split(' ')
  return timed(method, path, probeAgent, { authorization: `Bearer ${token}` })
}

/** Milliseconds until the whole answer is there. */
function timed(
  method: string,
  path: string,
  agent: Agent,
  headers: Record<string, string>,
  body = '',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sentMs = performance.now()
    const sent = request({ host: url.hostname, port: url.port, method, path, agent, headers }, answer => {
      answer.on('error', reject).on('data', () => undefined)
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - sentMs)
        else reject(new Error(`${method} ${path} answered ${answer.statusCode}`))
      })
    })
    sent.on('error', reject).end(body)
  })
}

function add(to: Times, from: Times): void {
  for (const probe of PROBES) to[probe].push(...from[probe])
}

function report(): void {
  const { machine, logins: signing, probes } = found
  const ms = (latency: Latency, which: keyof Latency) => `${latency[which].toFixed(1)} ms`
  const rates = signing.perSecond ?? []
  console.log(
    `${machine.cores} × ${machine.processor}, Node ${machine.node.slice(1)}, ${rounds} rounds of ${values.seconds} s\n`,
  )
  console.log(
    `${signing.atOnce} logins at once: ${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)} a second, each ${ms(signing.ms, 'p50')} (p50), ${ms(signing.ms, 'p99')} (p99)\n`,
  )
  console.log('| request | idle: p50 | p99 | while they sign in: p50 | p99 | p99 against idle |')
  console.log('|---|---|---|---|---|---|')
  for (const { probe, idle: before, busy: during, ratio } of probes)
    console.log(
      `| ${probe} | ${ms(before, 'p50')} | ${ms(before, 'p99')} | ${ms(during, 'p50')} | ${ms(during, 'p99')} | ${ratio.toFixed(2)} × |`,
    )
  console.log(`\nWithin ${BOUND} × of idle: ${holds ? 'holds' : 'does not hold'}.`)
}
