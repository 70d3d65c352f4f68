// A catalog of its own to import into, and made-up entries to import.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import type { ImportKind } from '../../server/src/db/imports.ts'
import { runImport } from '../../server/src/import/run-import.ts'
import { createTestDatabases, type TestDatabases } from './postgres.ts'

export interface ImportAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ImportDesk extends AsyncDisposable {
  readonly pool: Pool
  readonly databases: TestDatabases
  /** Writes a file and gives its path. */
  write(name: string, content: string | Buffer): Promise<string>
  importFile(kind: ImportKind, from: string, format?: string): Promise<ImportAnswer>
  /** Imports JSON lines. */
  importLines(kind: ImportKind, entries: readonly unknown[]): Promise<ImportAnswer>
  /** Empties the catalog: quicker than a database for each test. */
  clear(): Promise<void>
  /** Rows of a query. */
  rows(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
}

export async function createImportDesk(): Promise<ImportDesk> {
  const databases = await createTestDatabases()
  const pool = createPool(databases.databaseUrl, { max: 4 })
  const directory = await mkdtemp(join(tmpdir(), 'wd-import-'))
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, content)
    return path
  }
  const importFile = async (kind: ImportKind, from: string, format?: string): Promise<ImportAnswer> => {
    const [stdout, stderr] = [collector(), collector()]
    const code = await runImport({ kind, from, format, pool, stdout: stdout.stream, stderr: stderr.stream })
    return { code, stdout: stdout.text(), stderr: stderr.text() }
  }
  return {
    pool,
    databases,
    write,
    importFile,
    importLines: async (kind, entries) =>
      importFile(kind, await write('entries.jsonl', entries.map(entry => JSON.stringify(entry)).join('\n'))),
    clear: async () => {
      await pool.query(
        'truncate learning_paths, learning_path_resources, learning_resources, bills, representatives, roll_calls, representative_votes, import_progress, import_runs, districts_by_postcode',
      )
    },
    rows: async (text, values = []) => (await pool.query(text, [...values])).rows,
    async [Symbol.asyncDispose]() {
      await pool.end()
      await rm(directory, { recursive: true })
      await databases[Symbol.asyncDispose]()
    },
  }
}

function collector(): { readonly stream: Writable; text(): string } {
  let text = ''
  return {
    stream: new Writable({
      write(chunk, _encoding, done) {
        text += String(chunk)
        done()
      },
    }),
    text: () => text,
  }
}

/** A voter of a roll call; senators have an id like `S901`. */
export function voter(id: string, party = 'D', state = 'VT'): Record<string, string> {
  return { id, display_name: `Testperson ${id}`, party, state }
}

/** A roll call on the passage of a House bill, changed as told. */
export function rollCall(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    vote_id: 'h1-119.2025',
    chamber: 'h',
    category: 'passage',
    date: '2025-02-03T18:30:00-05:00',
    question: 'On Passage',
    result: 'Passed',
    subject: 'Example Housing Act',
    bill: { type: 'hr', number: 901, congress: 119 },
    votes: { Yea: [voter('T000001')], Nay: [voter('T000002', 'R', 'OH')], Present: [], 'Not Voting': [] },
    ...changes,
  }
}

/** A member as the list of those who sit now has them. */
export function legislator(
  bioguide: string,
  changes: { lis?: string; type?: 'rep' | 'sen'; party?: string; name?: string } = {},
): Record<string, unknown> {
  const {
    lis,
    type = lis ? 'sen' : 'rep',
    party = 'Democrat',
    name = `Exampla Testperson ${bioguide}`,
  } = changes
  return {
    id: { bioguide, ...(lis && { lis }) },
    name: { first: 'Exampla', last: 'Testperson', official_full: name },
    terms: [
      { type: 'rep', state: 'OH', district: 1, party: 'Republican' },
      { type, state: 'VT', ...(type === 'rep' && { district: 0 }), party },
    ],
  }
}
