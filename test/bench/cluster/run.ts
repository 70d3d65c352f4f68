// The benchmark of several instances: `npm run bench:cluster -- [--quick] [--json FILE]`.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { listen } from '../../../server/src/db/notifications.ts'
import { noRedis, startRedis } from '../../support/redis.ts'
import { FULL, QUICK } from '../sync/bench.ts'
import { climb, type Ladder, measure, openAll, RATES, type Rung } from '../sync/ladder.ts'
import { load, openBench } from '../sync/open-bench.ts'
import { untilQuiet } from '../sync/quiet.ts'
import { highestRate, type MedianRung, medianRung } from '../sync/results.ts'
import { type Latency, median } from '../sync/statistics.ts'
import { type BenchBus, type InstancesOptions, instances } from './instances.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})

const COUNTS = [1, 2, 3] as const
/** So low that nothing waits for anything. */
const DELIVERY_RATE = 200
const NOTIFY_RATE = 2_000
const LISTENERS = [0, 10, 40] as const

await using bench = await openBench(values.quick ? QUICK : FULL)
const { size, say } = bench
await using redis = noRedis ? undefined : await startRedis()
if (noRedis) console.log(`Nothing over Redis: ${noRedis}.`)
const redisUrl = redis && `redis://127.0.0.1:${redis.port}`
const buses: readonly BenchBus[] = redisUrl ? ['postgres', 'redis'] : ['postgres']

const loadBefore = load()
const throughput = await throughputs()
const deliveries = await deliveryTimes()
const announcing = await announcingCosts()
const listeners = await listenerCosts()
console.log(report())
if (values.json) {
  const results = { loadBefore, loadAfter: load(), throughput, deliveries, announcing, listeners }
  await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`)
}

/** Alternating runs of one, two and three instances, and of three that all updates have to cross. */
async function throughputs(): Promise<{ readonly what: string; readonly ladders: readonly Ladder[] }[]> {
  const subjects = [
    ...COUNTS.map(count => ({ what: `${count}`, count, across: false })),
    { what: '2, each document watched on the other', count: 2, across: true },
  ]
  const ladders: Ladder[][] = subjects.map(() => [])
  for (let run = 1; run <= size.runs; run++) {
    for (const [n, { what, count, across }] of subjects.entries()) {
      const idle = await untilQuiet(size.quietMs)
      const ladder = await climb(bench, instances({ count, across, bus: 'postgres' }), 'text')
      ladders[n]?.push(ladder)
      say(
        `run ${run}, instances: ${what} hold ${ladder.highestRate}/s (${idle.toFixed(1)} cores idle before)`,
      )
    }
  }
  return subjects.map(({ what }, n) => ({ what, ladders: ladders[n] ?? [] }))
}

/** From the time that an update was due on one instance until a client of the same or another one has it. */
async function deliveryTimes(): Promise<{ readonly what: string; readonly latency: Latency }[]> {
  const same = { what: 'same instance', count: 1, bus: 'postgres', across: false } as const
  const other = (bus: BenchBus) => ({ what: `other instance, ${bus}`, count: 2, bus, across: true })
  const found = []
  for (const { what, ...options } of [same, ...buses.map(other)]) {
    const { relay } = await atRate({ ...options, redisUrl }, DELIVERY_RATE)
    say(`${what}: ${JSON.stringify(relay)}`)
    found.push({ what, latency: relay })
  }
  return found
}

/** One instance at a rate, announcing its commits or not. */
async function announcingCosts(): Promise<{ readonly what: string; readonly rung: MedianRung }[]> {
  const found = []
  for (const bus of ['none', ...buses] as const) {
    const rung = await atRate({ count: 1, bus, redisUrl }, NOTIFY_RATE)
    say(`announcing over ${bus}: ${JSON.stringify(rung)}`)
    found.push({ what: bus === 'none' ? 'nowhere' : `over ${bus}`, rung })
  }
  return found
}

/** The same over Postgres, with so many others that listen. */
async function listenerCosts(): Promise<{ readonly count: number; readonly rung: MedianRung }[]> {
  const found = []
  for (const count of LISTENERS) {
    const channels = Array.from({ length: count }, () =>
      listen(bench.postgres.databaseUrl, {
        channel: 'workforce_democracy',
        onPayload: () => undefined,
        onConnected: () => undefined,
      }),
    )
    const rung = await atRate({ count: 1, bus: 'postgres' }, NOTIFY_RATE)
    for (const channel of channels) await channel[Symbol.asyncDispose]()
    say(`${count} more listeners: ${JSON.stringify(rung)}`)
    found.push({ count, rung })
  }
  return found
}

/** Medians of one rate. */
async function atRate(options: InstancesOptions, rate: number): Promise<MedianRung> {
  await untilQuiet(size.quietMs)
  await using running = await instances(options).start(bench)
  await openAll(bench, running, 'text', true)
  const rungs: Rung[] = []
  for (let run = 0; run < size.runs; run++) rungs.push(await measure(bench, running, rate))
  await bench.generator.call('closeAll', undefined)
  return medianRung(
    rungs.map(rung => ({ rungs: [rung], highestRate: 0 })),
    rate,
  )
}

function report(): string {
  return [
    '| updates/s | instances | durable p50 | durable p99 | cores: servers | generator | Postgres | others |',
    '|---|---|---|---|---|---|---|---|',
    ...RATES.flatMap(rate => throughput.map(({ what, ladders }) => rateRow(rate, what, ladders))),
    '',
    '| instances | highest rate with p99 under 100 ms | runs |',
    '|---|---|---|',
    ...throughput.map(({ what, ladders }) =>
      row(what, String(highestRate(ladders)), ladders.map(each => each.highestRate).join(', ')),
    ),
    '',
    `| delivery at ${DELIVERY_RATE}/s to a client of the | p50 | p99 |`,
    '|---|---|---|',
    ...deliveries.map(({ what, latency }) => row(what, ms(latency.p50), ms(latency.p99))),
    '',
    `| announced, at ${NOTIFY_RATE}/s | durable p50 | durable p99 | cores: server | Postgres |`,
    '|---|---|---|---|---|',
    ...announcing.map(({ what, rung }) => costRow(what, rung)),
    ...listeners.map(({ count, rung }) => costRow(`over postgres, ${count} more listeners`, rung)),
  ].join('\n')
}

function rateRow(rate: number, what: string, ladders: readonly Ladder[]): string {
  const rung = medianRung(ladders, rate)
  const generatorCores = median(
    ladders.flatMap(({ rungs }) => rungs.find(each => each.rate === rate)?.generatorCores ?? []),
  )
  return row(
    ...[String(rate), what, ms(rung.acknowledgement?.p50), ms(rung.acknowledgement?.p99)],
    ...[rung.serverCores, generatorCores, rung.postgresCores, rung.foreignCores].map(cores =>
      cores.toFixed(2),
    ),
  )
}

function costRow(what: string, { acknowledgement, serverCores, postgresCores }: MedianRung): string {
  return row(
    ...[what, ms(acknowledgement?.p50), ms(acknowledgement?.p99)],
    ...[serverCores.toFixed(2), postgresCores.toFixed(2)],
  )
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function ms(value = Number.NaN): string {
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : 'not all arrived'
}
