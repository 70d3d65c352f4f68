// What is done with a store in the page, and measured: the same with each.

/** An open store: writes one value under a key, and resolves when that is on the disk. */
export interface Subject {
  write(key: number): Promise<void>
  /** How many values it holds. */
  size(): number
  close(): Promise<void>
}

/** Opens a store; everything in it is in memory then. */
export type OpenSubject = (name: string) => Promise<Subject>

/** What took how long, and the tasks over 50 ms meanwhile, in milliseconds. */
export interface Timed {
  readonly ms: number
  readonly longTasks: readonly number[]
}

export const billId = (key: number) => `hr${key + 1}-118`
export const vote = () => ({ choice: 'yes', votedAt: new Date().toISOString() })

/** Milliseconds of each write, one after the other. */
async function writes(openSubject: OpenSubject, count: number): Promise<number[]> {
  const store = await openSubject('writes')
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
async function fill(
  openSubject: OpenSubject,
  { name, keys, rounds }: { readonly name: string; readonly keys: number; readonly rounds: number },
): Promise<Timed> {
  const store = await openSubject(name)
  const timed = await measured(async () => {
    for (let round = 0; round < rounds; round++)
      await Promise.all(Array.from({ length: keys }, (_, key) => store.write(key)))
  })
  await store.close()
  return timed
}

/** An opening, from nothing to everything in memory. */
async function open(openSubject: OpenSubject, name: string): Promise<Timed & { readonly size: number }> {
  let store: Subject | undefined
  const timed = await measured(async () => {
    store = await openSubject(name)
  })
  const size = store?.size() ?? 0
  await store?.close()
  return { ...timed, size }
}

async function measured(work: () => Promise<void>): Promise<Timed> {
  const longTasks: number[] = []
  const take = (entries: PerformanceEntryList) => longTasks.push(...entries.map(({ duration }) => duration))
  // What it has been told of is not among the records that can still be taken.
  const observer = new PerformanceObserver(list => take(list.getEntries()))
  observer.observe({ type: 'longtask' })
  const begun = performance.now()
  await work()
  const ms = performance.now() - begun
  // A task is told of once it has ended.
  await new Promise(resolve => setTimeout(resolve, 50))
  take(observer.takeRecords())
  observer.disconnect()
  return { ms, longTasks }
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

/** How to open each subject of a page, by name. */
export type Subjects = Readonly<Record<string, OpenSubject>>

const bench = (subjects: Subjects) => {
  const of = (subject: string) => {
    const found = subjects[subject]
    if (!found) throw new Error(`This page has no ${subject}.`)
    return found
  }
  return {
    writes: (subject: string, count: number) => writes(of(subject), count),
    fill: (subject: string, options: Parameters<typeof fill>[1]) => fill(of(subject), options),
    open: (subject: string, name: string) => open(of(subject), name),
    heldBytes,
  }
}
declare global {
  interface Window {
    bench: ReturnType<typeof bench>
  }
}

/** Makes it callable from outside the page. */
export function offer(subjects: Subjects): void {
  window.bench = bench(subjects)
}
