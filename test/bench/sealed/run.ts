// What sealing costs beside leaving a document open: `npm run bench:sealed -- [--runs 3]`. Exits 1 where a bound is passed.
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startOwnPostgres } from '../../support/own-postgres.ts'
import { startProcess } from '../sync/calls.ts'
import { untilQuiet } from '../sync/quiet.ts'
import { median } from '../sync/statistics.ts'
import type { ServerHandlers } from '../sync/subjects.ts'
import { type Mode, measure } from './measure.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } })
const QUIET_MS = 10_000
const MODES: readonly Mode[] = ['open', 'sealed']
const KIB = 1024

await using postgres = await startOwnPostgres()
await using server = await startProcess<ServerHandlers>('workforce-democracy-child.ts', {
  PORT: '0',
  DATA_DIR: postgres.dataDir,
  REQUIRE_EMAIL: 'false',
  LIMIT_ATTEMPTS_PER_ADDRESS: '1000000',
  DATABASE_URL: postgres.databaseUrl,
  KEYS_DATABASE_URL: postgres.keysDatabaseUrl,
})
const url = await server.call('url', undefined)

type Measured = Awaited<ReturnType<typeof measure>>
const measured: Record<Mode, Measured[]> = { open: [], sealed: [] }
for (let run = 1; run <= Number(values.runs); run++) {
  for (const mode of MODES) {
    const idle = await untilQuiet(QUIET_MS)
    measured[mode].push(await measure({ url, postgres, mode }))
    const load = (loadavg()[0] ?? 0).toFixed(1)
    console.error(
      `run ${run}, ${mode} (${idle.toFixed(1)} of ${cpus().length} cores idle before, load ${load}): ${JSON.stringify(measured[mode].at(-1))}`,
    )
  }
}

const of = (mode: Mode, read: (each: Measured) => number) => median(measured[mode].map(read))
const ratio = (read: (each: Measured) => number) => of('sealed', read) / of('open', read)
const rows = [
  row('1,000 writes until all are durable', 'ms', ({ writesMs }) => writesMs, times(1.5)),
  row('stored after compaction', 'bytes', ({ storedBytes }) => storedBytes, times(1.5, 2 * KIB)),
  row('10,000 registers on a new device', 'ms', ({ newDeviceMs }) => newDeviceMs, times(1.5)),
  row('10,000 registers of a store, opened and in sync', 'ms', ({ reopenMs }) => reopenMs, times(1.5)),
  row('sent for one vote', 'bytes', ({ voteBytes }) => voteBytes),
  row('one vote until it is durable, flushed', 'ms', ({ voteMs }) => voteMs),
]
console.log(
  ['| | open | sealed | ratio | wanted | |', '|---|---|---|---|---|---|', ...rows.map(toMarkdown)].join('\n'),
)
if (rows.some(({ isMet }) => isMet === false)) process.exitCode = 1

/** At most so many times as much, and something more. */
function times(factor: number, more = 0) {
  return {
    text: more > 0 ? `${factor} × + ${more / KIB} KiB` : `${factor} ×`,
    allows: (sealed: number, open: number) => sealed <= factor * open + more,
  }
}

function row(what: string, unit: string, read: (each: Measured) => number, bound?: ReturnType<typeof times>) {
  const [open, sealed] = [of('open', read), of('sealed', read)]
  return { what, unit, open, sealed, ratio: ratio(read), bound, isMet: bound?.allows(sealed, open) }
}

function toMarkdown({ what, unit, open, sealed, ratio, bound, isMet }: ReturnType<typeof row>): string {
  const verdict = isMet === undefined ? '' : isMet ? 'met' : '**missed**'
  const digits = unit === 'ms' && open < 100 ? 1 : 0
  const cells = [what, `${open.toFixed(digits)} ${unit}`, `${sealed.toFixed(digits)} ${unit}`]
  return `| ${[...cells, `${ratio.toFixed(2)} ×`, bound?.text ?? '', verdict].join(' | ')} |`
}
