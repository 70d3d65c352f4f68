// The load generator, in a process of its own: the same for every server.
import pg from 'pg'
import { answerCalls } from './calls.ts'
import { updateFrame } from './frames.ts'
import { connectAll, fill, type LoadDocument, type LoadOptions, runLoad } from './load.ts'
import { LoadClient, type Target } from './load-client.ts'
import { clockOf, createPayload, editsAt, type Payload, type PayloadKind } from './payloads.ts'
import { createSelfMeasurement } from './self-measurement.ts'

let documents: LoadDocument[] = []
let clients: LoadClient[] = []
let payload: Payload = createPayload('text')

interface OpenDocuments {
  readonly targets: readonly Target[]
  /** In the same order. */
  readonly watcherTargets?: readonly Target[]
  readonly kind: PayloadKind
}

const { cpuSeconds } = createSelfMeasurement()
const handlers = {
  cpuSeconds,
  /** Connects a writer and a watcher to each document. */
  async openDocuments({ targets, watcherTargets = targets, kind }: OpenDocuments) {
    payload = createPayload(kind)
    const writers = await connectAll(targets)
    const watchers = await connectAll(watcherTargets)
    clients = [...writers, ...watchers]
    documents = writers.map((writer, n) => ({ writer, watcher: watchers[n] as LoadClient, next: 0 }))
  },
  fill: (most: number) => fill(documents, payload, most),
  run: (options: LoadOptions) => runLoad(documents, payload, options),
  /** Connects clients that stay; each sends the update first, where one is given, and waits until it is taken. */
  async hold({ targets, update }: { targets: readonly Target[]; update?: Uint8Array }) {
    const held = await connectAll(targets)
    clients.push(...held)
    if (update) for (const client of held) await sendAll(client, [update])
  },
  /** Sends updates over one connection, and leaves it open. */
  async write({ target, updates }: { target: Target; updates: readonly Uint8Array[] }) {
    const client = await LoadClient.connect(target)
    clients.push(client)
    await sendAll(client, updates)
  },
  /** The same over the connection that was opened last, so many updates a second. */
  async writeOn({ updates, perSecond }: { updates: readonly Uint8Array[]; perSecond: number }) {
    const client = clients.at(-1) as LoadClient
    const startMs = performance.now()
    const done = acknowledgedBy(client, updates.length)
    for (const [n, update] of updates.entries()) {
      while (((performance.now() - startMs) * perSecond) / 1000 < n) await pause(1)
      client.send(updateFrame(client.prefix, update))
    }
    await done
  },
  /** How long until a new connection has the document, in milliseconds, and what it got. */
  async coldLoad(target: Target) {
    const startMs = performance.now()
    const client = await LoadClient.connect(target)
    const ms = client.answeredAtMs - startMs
    const { content } = client
    await client.close()
    return { ms, content }
  },
  untilStored,
  /** Closes every connection. */
  async closeAll() {
    await Promise.all(clients.map(client => client.close()))
    clients = []
    documents = []
  },
}

/** What other processes may ask of the generator. */
export type GeneratorHandlers = typeof handlers

answerCalls(handlers)

/**
 * Loads all documents, and looks every 20 ms how far the row of the first one has come.
 *
 * @returns for each of its updates the time from when it was sent until the row held it, in milliseconds
 */
async function untilStored(
  options: LoadOptions & { databaseUrl: string; documentName: string },
): Promise<number[]> {
  const db = new pg.Client({ connectionString: options.databaseUrl })
  await db.connect()
  const [first] = documents
  if (!first) throw new Error('No documents are open.')
  const before = first.next
  const sentAtMs: number[] = []
  const send = first.writer.send.bind(first.writer)
  first.writer.send = frame => {
    sentAtMs.push(performance.now())
    send(frame)
  }
  const storedMs: number[] = []
  let isSent = false
  const sending = runLoad(documents, payload, options).then(() => {
    isSent = true
  })
  while (!isSent || storedMs.length < sentAtMs.length) {
    const { rows } = await db.query<{ data: Buffer }>({
      name: 'stored',
      text: 'select data from hocuspocus_documents where name = $1',
      values: [options.documentName],
    })
    const stored = rows[0] ? editsAt(clockOf(rows[0].data)) - before : 0
    while (storedMs.length < stored) storedMs.push(performance.now() - (sentAtMs[storedMs.length] as number))
    await pause(20)
  }
  await sending
  await db.end()
  return storedMs
}

/** Sends updates as fast as they are taken. */
async function sendAll(client: LoadClient, updates: readonly Uint8Array[]): Promise<void> {
  if (updates.length === 0) return
  const done = acknowledgedBy(client, updates.length)
  for (const update of updates) client.send(updateFrame(client.prefix, update))
  await done
}

function acknowledgedBy(client: LoadClient, count: number): Promise<void> {
  const until = client.acknowledged + count
  return new Promise(resolve => {
    client.onAcknowledged = total => {
      if (total >= until) resolve()
    }
  })
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
