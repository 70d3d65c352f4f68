// What is measured in the page: the SDK, and y-indexeddb at the same durability, which it does not ask for by itself.
import { type BrowserClient, openClient } from '@workforce-democracy/client/browser'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'

/** An open store: writes one value under a key, and resolves when that is on the disk. */
interface Subject {
  write(key: number): Promise<void>
  /** How many values it holds. */
  size(): number
  close(): Promise<void>
}

/** An opening, from nothing to everything in memory. */
interface Opening {
  readonly ms: number
  readonly size: number
  /** Tasks over 50 ms meanwhile, in milliseconds. */
  readonly longTasks: readonly number[]
}

const billId = (key: number) => `hr${key + 1}-118`
const vote = () => ({ choice: 'yes', votedAt: new Date().toISOString() })

async function openOurs(name: string): Promise<Subject> {
  const client: BrowserClient = await openClient({ name })
  return {
    write: async key => void (await client.votes.cast(billId(key), 'yes')),
    size: () => client.votes.list().length,
    close: () => client.close(),
  }
}

async function openYIndexeddb(name: string): Promise<Subject> {
  const doc = new Y.Doc()
  const persistence = new IndexeddbPersistence(name, doc)
  await persistence.whenSynced
  const votes = doc.getMap('votes')
  return {
    async write(key) {
      const saved = nextCommit()
      votes.set(billId(key), vote())
      await saved
    },
    size: () => votes.size,
    close: () => persistence.destroy(),
  }
}

/** Resolves when the next transaction that somebody begins has been committed, which then waits for the disk. */
function nextCommit(): Promise<void> {
  const begin = IDBDatabase.prototype.transaction
  return new Promise((resolve, reject) => {
    IDBDatabase.prototype.transaction = function (stores, mode) {
      IDBDatabase.prototype.transaction = begin
      const transaction = begin.call(this, stores, mode, { durability: 'strict' })
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error))
      return transaction
    }
  })
}

const OPEN = { ours: openOurs, 'y-indexeddb': openYIndexeddb } as const
export type SubjectName = keyof typeof OPEN

/** Milliseconds of each write, one after the other. */
async function writes(subject: SubjectName, count: number): Promise<number[]> {
  const store = await OPEN[subject](`writes-${subject}`)
  const times: number[] = []
  for (let key = 0; key < count; key++) {
    const begun = performance.now()
    await store.write(key)
    times.push(performance.now() - begun)
  }
  await store.close()
  return times
}

/** Writes to so many keys, round after round, with the writes of one round begun together. */
async function fill(subject: SubjectName, name: string, keys: number, rounds: number): Promise<number> {
  const store = await OPEN[subject](name)
  const begun = performance.now()
  for (let round = 0; round < rounds; round++)
    await Promise.all(Array.from({ length: keys }, (_, key) => store.write(key)))
  const ms = performance.now() - begun
  await store.close()
  return ms
}

async function open(subject: SubjectName, name: string): Promise<Opening> {
  const observer = new PerformanceObserver(() => undefined)
  observer.observe({ type: 'longtask' })
  const begun = performance.now()
  const store = await OPEN[subject](name)
  const ms = performance.now() - begun
  const longTasks = observer.takeRecords().map(({ duration }) => duration)
  observer.disconnect()
  const size = store.size()
  await store.close()
  return { ms, size, longTasks }
}

/** Bytes of all that a database holds, whatever the browser makes of it on the disk. */
async function heldBytes(name: string): Promise<number> {
  const request = indexedDB.open(name)
  await new Promise(resolve => {
    request.onsuccess = resolve
  })
  const database = request.result
  const transaction = database.transaction([...database.objectStoreNames])
  const reads = [...database.objectStoreNames].map(each => transaction.objectStore(each).getAll())
  await new Promise(resolve => {
    transaction.oncomplete = resolve
  })
  database.close()
  const held = reads.flatMap(({ result }) => result as unknown[])
  return held.reduce<number>((sum, value) => sum + (value instanceof Uint8Array ? value.length : 0), 0)
}

const bench = { writes, fill, open, heldBytes }
declare global {
  interface Window {
    bench: typeof bench
  }
}
window.bench = bench
