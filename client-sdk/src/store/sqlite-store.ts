// The store of Node programs: one table of opaque rows in one SQLite file.
import { CodedError, errorCode } from '@workforce-democracy/shared'
import Database from 'better-sqlite3'
import { checkFile, createFile, fileExists, hadStore, markMade, removeFiles } from './sqlite-file.ts'
import { finishSalvage, salvageFile } from './sqlite-salvage.ts'
import type { Batch, Row, Store, StoreOpening, StoreOpenOptions } from './store.ts'

/**
 * A store in a SQLite file (WAL, `synchronous=full`: a commit survives power loss). Beside `path` lie `path-wal`
 * while it is open, `path-lock`, an empty file whose lock keeps other clients out and ends with the process, and
 * `path-made`, an empty file that tells a store which is gone from one that never was. The file is checked before SQLite
 * may write to it: a damaged one stays byte for byte as it is, and is kept as `path-damaged-1` (and so on) when salvaged.
 *
 * @example
 * const client = await openClient({ storage: createSqliteStore({ path: 'person.sqlite' }), passphrase })
 */
export function createSqliteStore({ path }: { readonly path: string }): Store {
  return new SqliteStore(path)
}

class SqliteStore implements Store {
  readonly #path: string
  #session: Session | undefined

  constructor(path: string) {
    this.#path = path
  }

  async open({ salvage }: StoreOpenOptions = { salvage: false }): Promise<StoreOpening> {
    if (this.#session) throw new CodedError('store-in-use')
    this.#session = coded(() => openSession(this.#path, salvage))
    return this.#session.opening
  }

  async readAll(): Promise<Row[]> {
    const { readRows } = this.#openSession()
    return coded(() => readRows.all())
  }

  async commit(batch: Batch): Promise<void> {
    const { commit } = this.#openSession()
    coded(() => commit(batch))
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    coded(() => session?.close())
  }

  async destroy(): Promise<void> {
    await this.close()
    coded(() => removeFiles(this.#path))
  }

  #openSession(): Session {
    if (!this.#session) throw new CodedError('store-failed', 'The store is not open.')
    return this.#session
  }
}

/** What an open store holds. */
interface Session {
  readonly opening: StoreOpening
  readonly readRows: Database.Statement<[], Row>
  readonly commit: (batch: Batch) => void
  readonly close: () => void
}

function openSession(path: string, salvage: boolean): Session {
  const lock = takeLock(path)
  try {
    const opening = prepareFile(path, salvage)
    return sessionOf(path, openDatabase(path), lock, opening)
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Sees to it that there is a sound file, or throws. */
function prepareFile(path: string, salvage: boolean): StoreOpening {
  const finished = finishSalvage(path)
  if (finished) return { found: 'damaged', keptAt: finished }
  if (!fileExists(path)) {
    const isLost = hadStore(path)
    if (isLost && !salvage) throw new CodedError('store-lost')
    createFile(path)
    return { found: isLost ? 'lost' : 'sound' }
  }
  try {
    checkFile(path)
    return { found: 'sound' }
  } catch (error) {
    if (!salvage || errorCode(error) !== 'store-damaged') throw error
    return { found: 'damaged', keptAt: salvageFile(path) }
  }
}

/** A lock of the operating system on a file of its own, so that nobody touches the store's file before holding it. */
function takeLock(path: string): Database.Database {
  const lock = new Database(`${path}-lock`, { timeout: 0 })
  try {
    lock.pragma('journal_mode = memory')
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

function openDatabase(path: string): Database.Database {
  const database = new Database(path, { timeout: 0, fileMustExist: true })
  try {
    // Before anything else: then the index of the WAL is kept in memory, and no path-shm is made.
    database.pragma('locking_mode = exclusive')
    if (database.pragma('journal_mode = wal', { simple: true }) !== 'wal')
      throw new CodedError('store-failed')
    database.pragma('synchronous = full')
    database.pragma('secure_delete = on')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function sessionOf(
  path: string,
  database: Database.Database,
  lock: Database.Database,
  opening: StoreOpening,
): Session {
  let isMarked = hadStore(path)
  const put = database.prepare<[string, Uint8Array]>(
    'insert into rows (id, data) values (?, ?) on conflict (id) do update set data = excluded.data',
  )
  const remove = database.prepare<[string]>('delete from rows where id = ?')
  const write = database.transaction((batch: Batch) => {
    for (const id of batch.remove) remove.run(id)
    for (const { id, data } of batch.put) put.run(id, data)
  })
  return {
    opening,
    readRows: database.prepare<[], Row>('select id, data from rows'),
    commit: batch => {
      write(batch)
      // Behind the first commit, not before: what is not there yet cannot be lost.
      if (!isMarked) isMarked = markMade(path)
    },
    close: () => {
      try {
        database.close()
      } finally {
        lock.close()
      }
    },
  }
}

const CODE_BY_SQLITE_ERROR = [
  ['SQLITE_BUSY', 'store-in-use'],
  ['SQLITE_LOCKED', 'store-in-use'],
  ['SQLITE_CORRUPT', 'store-damaged'],
  ['SQLITE_NOTADB', 'store-damaged'],
] as const

/** Runs `action`; what it throws comes out as a CodedError, `store-failed` where nothing says more. */
function coded<T>(action: () => T): T {
  try {
    return action()
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    const sqliteCode = cause instanceof Database.SqliteError ? cause.code : ''
    const known = CODE_BY_SQLITE_ERROR.find(([prefix]) => sqliteCode.startsWith(prefix))
    throw new CodedError(known?.[1] ?? 'store-failed', undefined, { cause })
  }
}
