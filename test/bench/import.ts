// Imports the roll calls of the 119th Congress in a process of its own: under 60 s and under 512 MiB, else exit 1.
// Then once more, when nothing changes. `--data DIR` says where the data is.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { createCatalogs } from '../../server/src/catalog/catalogs.ts'
import { createPool } from '../../server/src/db/database.ts'
import { builtFile } from '../support/built.ts'
import { startOwnPostgres } from '../support/own-postgres.ts'

const MAX_SECONDS = 60
const MAX_RSS_MIB = 512
const run = promisify(execFile)
const child = await builtFile(new URL('../support/import-process.ts', import.meta.url))

const { values } = parseArgs({ options: { data: { type: 'string', default: '../shared/data' } } })
const civic = join(resolve(values.data), 'civic')
if (!existsSync(civic)) {
  console.log(`bench:import: no data at ${civic}; nothing measured`)
  process.exit(0)
}

{
  await using postgres = await startOwnPostgres()
  await importFile('legislators', 'legislators-current.json.gz')
  const first = await importFile('rollcalls', 'votes-119.jsonl.gz')
  await importFile('rollcalls', 'votes-119.jsonl.gz')
  await importFile('rollcalls', 'votes-118.jsonl.gz')
  await measureCatalog(postgres.databaseUrl)
  const holds = first.exitCode === 0 && first.seconds < MAX_SECONDS && first.maxRssMiB < MAX_RSS_MIB
  console.log(`${holds ? 'holds' : 'DOES NOT HOLD'}: under ${MAX_SECONDS} s and ${MAX_RSS_MIB} MiB`)
  process.exitCode = holds ? 0 : 1

  async function importFile(kind: string, file: string): Promise<Measured> {
    const arguments_ = [child, postgres.databaseUrl, kind, join(civic, file)]
    const { stdout } = await run(process.execPath, arguments_)
    const lines = stdout.trim().split('\n')
    const measured = JSON.parse(lines.at(-1) ?? '') as Measured
    console.log(lines.at(-2))
    console.log(`  ${measured.seconds.toFixed(1)} s, ${measured.maxRssMiB.toFixed(0)} MiB at most`)
    return measured
  }
}

interface Measured {
  readonly exitCode: number
  readonly seconds: number
  readonly maxRssMiB: number
}

async function measureCatalog(databaseUrl: string): Promise<void> {
  const pool = createPool(databaseUrl)
  const startedMs = performance.now()
  const published = await createCatalogs({ pool }).publishedCivic()
  const builtMs = performance.now()
  const sizes = await Promise.all(
    (['identity', 'gzip', 'br'] as const).map(
      async coding => `${((await published.bytes(coding)).length / 1024).toFixed(0)} KiB ${coding}`,
    ),
  )
  const { bills, representatives, rollCalls } = published.catalog
  console.log(
    `civic catalog: ${bills.length} bills, ${representatives.length} members, ${rollCalls.length} roll calls`,
  )
  console.log(
    `  built in ${(builtMs - startedMs).toFixed(0)} ms, encoded in ${(performance.now() - builtMs).toFixed(0)} ms`,
  )
  console.log(`  ${sizes.join(', ')}`)
  await pool.end()
}
