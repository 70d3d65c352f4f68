// The SQLite file of a store as a file: made whole, checked without being touched, removed.
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import Database from 'better-sqlite3'
import { readWal } from './sqlite-wal.ts'
import type { Row } from './store.ts'

/** Marks a SQLite file as a store ("WDst"). */
const APPLICATION_ID = 0x57447374
/** Where the header of a SQLite file says which journal it uses: 1 rollback, 2 WAL. */
const JOURNAL_VERSIONS = [18, 19] as const

/** Whether there is a store at `path`: an empty file is a damaged one, not none. */
export function fileExists(path: string): boolean {
  return existsSync(path) || (existsSync(walOf(path)) && statSync(walOf(path)).size > 0)
}

/** Whether a store was written to under this name and not destroyed since: then one that is not there is lost. */
export function hadStore(path: string): boolean {
  return existsSync(`${path}-made`)
}

/** Leaves the trace that {@link hadStore} looks for. A write does not fail over it: the next one tries again. */
export function markMade(path: string): boolean {
  try {
    closeSync(openSync(`${path}-made`, 'a', 0o600))
    return true
  } catch {
    return false
  }
}

/** Makes a store of these rows, which appears under its name only once it is whole. */
export function createFile(path: string, rows: Iterable<Row> = []): void {
  const temporaryPath = `${path}-new`
  rmSync(temporaryPath, { force: true })
  const database = new Database(temporaryPath)
  try {
    chmodSync(temporaryPath, 0o600)
    database.pragma(`application_id = ${APPLICATION_ID}`)
    database.exec('create table rows (id text primary key, data blob not null) strict, without rowid')
    const insert = database.prepare<[string, Uint8Array]>('insert into rows (id, data) values (?, ?)')
    database.transaction(() => {
      for (const { id, data } of rows) insert.run(id, data)
    })()
  } finally {
    database.close()
  }
  renameSync(temporaryPath, path)
}

/** Deletes the store and the files beside it. */
export function removeFiles(path: string): void {
  const suffixes = ['', '-wal', '-shm', '-new', '-salvaged', '-made', '-lock']
  const kept = readdirSync(dirname(path)).filter(name => name.startsWith(`${basename(path)}-damaged-`))
  for (const suffix of suffixes) rmSync(`${path}${suffix}`, { force: true })
  for (const name of kept) rmSync(join(dirname(path), name), { force: true })
}

/**
 * Checks a copy in memory, so that whatever is wrong is found before SQLite folds the WAL into the file.
 *
 * @throws CodedError `store-damaged`
 */
export function checkFile(path: string): void {
  if (!existsSync(path)) throw new CodedError('store-damaged', 'The file is missing, its log is not.')
  const image = imageOf(path)
  try {
    const database = new Database(image)
    try {
      const result = database.pragma('integrity_check(1)', { simple: true })
      const mark = database.pragma('application_id', { simple: true })
      if (result !== 'ok' || mark !== APPLICATION_ID) throw new CodedError('store-damaged')
      database.prepare('select id, data from rows limit 1').all()
    } finally {
      database.close()
    }
  } catch (cause) {
    throw new CodedError('store-damaged', 'The file is not a sound store.', { cause })
  }
}

/** The database as SQLite would see it: the file with the committed pages of its WAL laid over it. */
function imageOf(path: string): Buffer {
  const file = readFileSync(path)
  const wal = existsSync(walOf(path)) ? readWal(readFileSync(walOf(path))) : undefined
  if (!wal && file.length % pageSizeOf(file) !== 0)
    throw new CodedError('store-damaged', 'The file ends early.')
  const image = wal ? Buffer.alloc(wal.pageCount * wal.pageSize) : file
  if (wal) file.copy(image)
  for (const [page, data] of wal?.pages ?? []) image.set(data, (page - 1) * data.length)
  // An image in memory has no WAL beside it; SQLite refuses one that claims to.
  for (const offset of JOURNAL_VERSIONS) if (image[offset] === 2) image[offset] = 1
  return image
}

/** The log beside a file. */
export const walOf = (path: string) => `${path}-wal`

/** Page size by the header, 1 where there is none. */
function pageSizeOf(file: Buffer): number {
  if (file.length < 100) return file.length + 1
  const stated = file.readUInt16BE(16)
  return stated === 1 ? 65_536 : Math.max(stated, 1)
}
