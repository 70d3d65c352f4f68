// The store of Node programs: one table of opaque rows in one SQLite file.
import { CodedError } from '@workforce-democracy/shared'
import Database from 'better-sqlite3'
import { checkFile, createFile, fileExists, removeFiles } from './sqlite-file.ts'
import type { Batch, Row, Store } from './store.ts'

/**
 * A store in a SQLite file (WAL, `synchronous=full`: a commit survives power loss). Beside `path` lie `path-wal`
 * while it is open and `path-lock`, an empty file whose lock keeps other clients out and ends with the process.
 * The file is checked before SQLite may write to it: a damaged one stays byte for byte as it is.
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

  async open(): Promise<void> {
    if (this.#session) throw new CodedError('store-in-use')
    this.#session = coded(() => openSession(this.#path))
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
  readonly readRows: Database.Statement<[], Row>
  readonly commit: (batch: Batch) => void
  readonly close: () => void
}

function openSession(path: string): Session {
  const lock = takeLock(path)
  try {
    if (fileExists(path)) checkFile(path)
    else createFile(path)
    return sessionOf(openDatabase(path), lock)
  } catch (error) {
    lock.close()
    throw error
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

function sessionOf(database: Database.Database, lock: Database.Database): Session {
  const put = database.prepare<[string, Uint8Array]>(
    'insert into rows (id, data) values (?, ?) on conflict (id) do update set data = excluded.data',
  )
  const remove = database.prepare<[string]>('delete from rows where id = ?')
  return {
    readRows: database.prepare<[], Row>('select id, data from rows'),
    commit: database.transaction((batch: Batch) => {
      for (const id of batch.remove) remove.run(id)
      for (const { id, data } of batch.put) put.run(id, data)
    }),
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
