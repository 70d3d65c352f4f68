// Latency at rates, and the highest rate that holds.
import type { Bench } from './bench.ts'
import type { LoadResult } from './load.ts'
import type { PayloadKind } from './payloads.ts'
import { postgresCpuSeconds, sampleMachine } from './quiet.ts'
import type { RunningSubject, Subject } from './subjects.ts'

export const DOCUMENTS = 200
/** Updates a second that every server is shown. */
export const RATES = [1_000, 2_000, 4_000, 8_000] as const
/** Those that are tried upwards from the highest of {@link RATES} that held. */
const STEPS = [500, 1_500, 3_000, 5_000, 6_000, 7_000, 10_000, 12_000, 14_000, 16_000, 20_000, 24_000]
const HOLDS_MS = 100
/** Our server compacts a document at so many updates; spread over that, its documents do not do so all at once. */
const FILL_UPDATES = 500
const DRAIN_MS = 15_000
/** The kernel's own part, such as for flushing to disk, stays below. */
const DISTURBED_CORES = 0.35

/** One rate. */
export interface Rung extends LoadResult {
  readonly rate: number
  /** Whether every update arrived, 99 % of them within 100 ms: acknowledged, or relayed where nothing is acknowledged. */
  readonly holds: boolean
  /** Processor that each of ours used, in cores. */
  readonly serverCores: number
  readonly generatorCores: number
  readonly postgresCores: number
  /** Processor that others on this machine used, in cores: what disturbed. */
  readonly foreignCores: number
}

/** What one run showed. */
export interface Ladder {
  readonly rungs: readonly Rung[]
  /** 0 when none held. */
  readonly highestRate: number
}

/** Starts a server of its own and takes it up the rates. */
export async function climb(bench: Bench, subject: Subject, kind: PayloadKind): Promise<Ladder> {
  const { generator } = bench
  await using running = await subject.start(bench)
  await openAll(bench, running, kind, subject.name === 'workforce-democracy')
  const rungs: Rung[] = []
  for (const rate of RATES) rungs.push(await measure(bench, running, rate))
  const highestOf = () => Math.max(0, ...rungs.filter(({ holds }) => holds).map(({ rate }) => rate))
  const ceiling = RATES.find(rate => rate > highestOf()) ?? Number.POSITIVE_INFINITY
  for (const rate of STEPS.filter(step => step > highestOf() && step < ceiling)) {
    const rung = await measure(bench, running, rate)
    rungs.push(rung)
    if (!rung.holds) break
  }
  await generator.call('closeAll', undefined)
  return { rungs, highestRate: highestOf() }
}

/** Opens all documents, and warms the server up. */
export async function openAll(
  bench: Bench,
  running: RunningSubject,
  kind: PayloadKind,
  filled: boolean,
): Promise<void> {
  const { generator } = bench
  const documents = await running.makeDocuments(DOCUMENTS, kind)
  await generator.call('openDocuments', {
    targets: documents.map(running.targetOf),
    watcherTargets: documents.map(running.watcherOf ?? running.targetOf),
    kind,
  })
  if (filled) await generator.call('fill', FILL_UPDATES)
  await measure(bench, running, 2_000)
}

/** Shows the server one rate; again where others disturbed, and keeps what was disturbed least. */
export async function measure(bench: Bench, running: RunningSubject, rate: number): Promise<Rung> {
  let best = await measureOnce(bench, running, rate)
  for (let n = 0; n < bench.size.repeats && best.foreignCores > DISTURBED_CORES; n++) {
    const again = await measureOnce(bench, running, rate)
    if (again.foreignCores < best.foreignCores) best = again
  }
  return best
}

async function measureOnce(
  { generator, postgres, size }: Bench,
  running: RunningSubject,
  rate: number,
): Promise<Rung> {
  const { warmUpMs, measuredMs } = size
  const cpuOf = async () => ({
    server: await running.cpuSeconds(),
    generator: await generator.call('cpuSeconds', undefined),
    postgres: await postgresCpuSeconds(postgres.directory),
  })
  const before = await cpuOf()
  const sample = sampleMachine()
  const startMs = performance.now()
  const result = await generator.call('run', { rate, warmUpMs, measuredMs, drainMs: DRAIN_MS })
  const { busyCores } = sample()
  const seconds = (performance.now() - startMs) / 1000
  const after = await cpuOf()
  const cores = (of: keyof typeof before) => (after[of] - before[of]) / seconds
  const { p99 } = result.acknowledgement ?? result.relay
  return {
    rate,
    ...result,
    holds: result.missing === 0 && p99 < HOLDS_MS,
    serverCores: cores('server'),
    generatorCores: cores('generator'),
    postgresCores: cores('postgres'),
    foreignCores: Math.max(0, busyCores - cores('server') - cores('generator') - cores('postgres')),
  }
}
