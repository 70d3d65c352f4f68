// Brings a file into the catalog: batch by batch, each in one transaction together with how far it has come.
import { basename } from 'node:path'
import { inTransaction, type Pool } from '../db/database.ts'
import { sqlState } from '../db/error-codes.ts'
import { type ImportCounts, noteRun, startRun } from '../db/import-runs.ts'
import { advanceImport, beginImport, endImport, type ImportKind } from '../db/imports.ts'
import { districtImporter } from './districts.ts'
import { type Entry, readEntries } from './entries.ts'
import type { Changes, Converted, Importer } from './importer.ts'
import { legislatorImporter } from './legislators.ts'
import { LOCAL_FORMATS, localImporter, sniffLocalFormat } from './local.ts'
import { createProgress, type Output, type Progress } from './progress.ts'
import { RESOURCE_FORMATS, resourceImporter, sniffResourceFormat } from './resources.ts'
import { rollCallImporter } from './roll-calls.ts'
import { openSourceFile, type SourceFile } from './source-file.ts'

export interface ImportOptions {
  readonly kind: ImportKind
  /** Path of the file, plain or gzip. */
  readonly from: string
  /** Of `resources` and `local`: the format, where it is not to be told from the content. */
  readonly format?: string | undefined
  readonly pool: Pool
  readonly stdout: Output
  readonly stderr: Output
}

/**
 * Imports a file. Running it again changes nothing; after a kill it goes on where it was.
 *
 * @returns the exit code: 0 all good, 2 some entries were rejected or the file ends in damage, 1 nothing was read
 * @throws what Postgres throws when it is away; what was committed until then stays
 */
export async function runImport(options: ImportOptions): Promise<number> {
  const fail = (reason: string): number => {
    options.stderr.write(`import: ${reason}\n`)
    return 1
  }
  let file: SourceFile
  try {
    file = await openSourceFile(options.from)
  } catch (error) {
    return fail(`cannot read ${options.from}: ${(error as Error).message}`)
  }
  const importer = importerFor(options, file)
  const formats = options.kind === 'local' ? LOCAL_FORMATS : RESOURCE_FORMATS
  if (!importer) return fail(`${options.from} is of no known format; --format ${formats.join('|')} names it`)
  return new ImportRun(options, file, importer).run()
}

function importerFor({ kind, format }: ImportOptions, file: SourceFile): Importer<unknown> | undefined {
  if (kind === 'legislators') return legislatorImporter as Importer<unknown>
  if (kind === 'districts') return districtImporter as Importer<unknown>
  if (kind === 'local') {
    const localFormat = LOCAL_FORMATS.find(known => known === (format ?? sniffLocalFormat(file.head)))
    return localFormat && (localImporter(localFormat) as Importer<unknown>)
  }
  if (kind === 'rollcalls') return rollCallImporter as Importer<unknown>
  const resourceFormat = RESOURCE_FORMATS.find(known => known === (format ?? sniffResourceFormat(file.head)))
  return resourceFormat && (resourceImporter(resourceFormat) as Importer<unknown>)
}

/** As many rejected entries are kept for those who look at the run later. */
const KEPT_LINES = 200
const KEPT_LINE_LENGTH = 500

/** An item on its way into a batch; `ordinal` counts the file's entries from 1. */
interface Pending {
  readonly item: unknown
  readonly ordinal: number
  readonly place: string
}

class ImportRun {
  readonly #options: ImportOptions
  readonly #file: SourceFile
  readonly #importer: Importer<unknown>
  readonly #fingerprint: Buffer
  readonly #progress: Progress
  readonly #keys = new Set<string>()
  readonly #skippedByReason = new Map<string, number>()
  readonly #rejectedLines: string[] = []
  #runId = ''
  #bytesRead = 0
  #done = 0
  #read = 0
  #resumed = 0
  #rejected = 0
  #added = 0
  #updated = 0
  #unchanged = 0

  constructor(options: ImportOptions, file: SourceFile, importer: Importer<unknown>) {
    this.#options = options
    this.#file = file
    this.#importer = importer
    // The format belongs to it: the same bytes read in another way are another import.
    this.#fingerprint = Buffer.concat([file.fingerprint, Buffer.from(options.format ?? '')])
    this.#progress = createProgress(options.stderr, file.sizeBytes, importer.noun)
  }

  async run(): Promise<number> {
    const { pool, kind } = this.#options
    const { path, sizeBytes } = this.#file
    this.#runId = await startRun(pool, { kind, fileName: basename(path), sizeBytes })
    this.#done = await beginImport(pool, kind, this.#fingerprint)
    let damage: Error | undefined
    try {
      damage = await this.#importEntries()
    } finally {
      this.#progress.stop()
    }
    if (damage)
      this.#options.stderr.write(`import: the file is damaged after entry ${this.#read}: ${damage.message}\n`)
    if (!damage && this.#rejected === 0) {
      await inTransaction(pool, async db => this.#importer.finish?.(db, this.#keys))
    }
    await endImport(pool, kind, this.#fingerprint)
    await noteRun(pool, this.#runId, this.#counts(), { damage: damage?.message })
    this.#options.stdout.write(`${this.#summary()}\n`)
    if (this.#read === 0 && (damage || this.#rejected)) return 1
    return damage || this.#rejected ? 2 : 0
  }

  /** @returns what is wrong with the file where it could not be read to its end */
  async #importEntries(): Promise<Error | undefined> {
    const content = this.#file.read(bytes => {
      this.#bytesRead = bytes
    })
    const entries = readEntries(content, this.#file.head)[Symbol.asyncIterator]()
    let batch: Pending[] = []
    try {
      for (;;) {
        const next = await entries.next().catch((error: Error) => error)
        if (next instanceof Error || next.done) {
          await this.#store(batch)
          return next instanceof Error ? next : undefined
        }
        batch.push(...this.#take(next.value))
        if (batch.length >= this.#importer.batchSize) {
          await this.#store(batch)
          batch = []
        }
        this.#progress.update(this.#bytesRead, this.#read)
      }
    } finally {
      content.destroy()
    }
  }

  /** Counts an entry, and gives its item if that is still to be stored. */
  #take(entry: Entry): Pending[] {
    this.#read++
    const converted: Converted<unknown> =
      'problem' in entry ? { rejected: entry.problem } : this.#importer.convert(entry.value)
    if ('rejected' in converted) this.#reject(entry.place, converted.rejected)
    else if ('skipped' in converted) this.#skip(converted.skipped)
    else if (this.#isRepeated(converted.item)) this.#skip('listed twice')
    else if (this.#read <= this.#done) this.#resumed++
    else return [{ item: converted.item, ordinal: this.#read, place: entry.place }]
    return []
  }

  #isRepeated(item: unknown): boolean {
    const sizeBefore = this.#keys.size
    return this.#keys.add(this.#importer.keyOf(item)).size === sizeBefore
  }

  #reject(place: string, reason: string): void {
    this.#rejected++
    const line = `${place}: ${reason}`
    if (this.#rejectedLines.length < KEPT_LINES) this.#rejectedLines.push(line.slice(0, KEPT_LINE_LENGTH))
    this.#progress.report(`${line}; left out`)
  }

  #skip(reason: string): void {
    this.#skippedByReason.set(reason, (this.#skippedByReason.get(reason) ?? 0) + 1)
  }

  /** Stores a batch; one that Postgres refuses is halved until the entry at fault is found and rejected. */
  async #store(batch: readonly Pending[]): Promise<void> {
    const [first] = batch
    if (!first) return
    try {
      await this.#storeAtOnce(batch)
    } catch (error) {
      if (!isDataError(error)) throw error
      if (batch.length === 1) return this.#reject(first.place, (error as Error).message)
      const half = Math.ceil(batch.length / 2)
      await this.#store(batch.slice(0, half))
      await this.#store(batch.slice(half))
    }
  }

  async #storeAtOnce(batch: readonly Pending[]): Promise<void> {
    const { pool, kind } = this.#options
    const to = batch.at(-1)?.ordinal ?? this.#done
    const changes = await inTransaction(pool, async db => {
      if (!(await advanceImport(db, kind, this.#fingerprint, this.#done, to)))
        throw new Error(`another import of ${kind} has begun meanwhile`)
      return this.#importer.write(
        db,
        batch.map(({ item }) => item),
      )
    })
    this.#done = to
    this.#count(changes)
    await noteRun(pool, this.#runId, this.#counts())
  }

  #count({ added, updated, unchanged }: Changes): void {
    this.#added += added
    this.#updated += updated
    this.#unchanged += unchanged
  }

  #counts(): ImportCounts {
    return {
      bytesRead: this.#bytesRead,
      entriesRead: this.#read,
      added: this.#added,
      updated: this.#updated,
      unchanged: this.#unchanged,
      rejected: this.#rejected,
      skipped: Object.fromEntries(this.#skippedByReason),
      rejectedLines: this.#rejectedLines,
    }
  }

  #summary(): string {
    const skipped = [...this.#skippedByReason].map(([reason, count]) => `${count} skipped (${reason})`)
    return [
      `${basename(this.#file.path)}: ${this.#read} ${this.#importer.noun} read`,
      `${this.#added} added`,
      `${this.#updated} updated`,
      `${this.#unchanged} unchanged`,
      ...(this.#resumed ? [`${this.#resumed} stored by the interrupted run`] : []),
      ...skipped,
      `${this.#rejected} rejected`,
    ].join(', ')
  }
}

/** Postgres classes 22 (data) and 23 (constraints): the entry is at fault, not the database. */
function isDataError(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '')
}
