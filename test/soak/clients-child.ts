// The clients of a soak, in a process of their own: idle ones that stay connected, and active ones that write.
import { RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { FOLD_UPDATES } from '../../server/src/db/document-log.ts'
import { answerCalls } from '../bench/sync/calls.ts'
import { updateFrame } from '../bench/sync/frames.ts'
import { connectAll } from '../bench/sync/load.ts'
import type { LoadClient, Target } from '../bench/sync/load-client.ts'
import { createPayload, votesUpdate } from '../bench/sync/payloads.ts'
import { type Latency, latencyOf } from '../bench/sync/statistics.ts'
import { Writer } from './writer.ts'

/** What an idle client's document holds: some votes of several devices, each a client id that Yjs keeps apart. */
const IDLE_VOTES = 10
const IDLE_VOTES_A_DEVICE = 2

/** What happened since the last look. */
export interface Interval {
  readonly acknowledged: number
  readonly latency: Latency
}

/** What was written, and how it ended. */
export interface Written {
  readonly sent: number
  readonly acknowledged: number
  /** Why connections ended that nobody had closed. */
  readonly lost: readonly string[]
}

const payload = createPayload('votes')
const lost: string[] = []
const clients: LoadClient[] = []
const writers: Writer[] = []
let writing: Promise<void> | undefined
let isWriting = false

const handlers = {
  /** Connects clients to documents that they fill first. */
  async connectIdle({ targets }: { targets: readonly Target[] }) {
    const update = votesUpdate(IDLE_VOTES, IDLE_VOTES_A_DEVICE)
    for (const client of await connect(targets)) client.send(updateFrame(client.prefix, update))
  },
  /** Connects clients that only listen. */
  async connectListeners({ targets }: { targets: readonly Target[] }) {
    await connect(targets)
  },
  async connectWriters({ targets }: { targets: readonly Target[] }) {
    for (const client of await connect(targets)) writers.push(new Writer(client, payload))
  },
  /** Has each writer write another share of what a compaction waits for: then their documents are due one after the other. */
  async writeBacklogs() {
    for (const [n, writer] of writers.entries()) {
      for (let left = Math.floor((n / writers.length) * FOLD_UPDATES); left > 0; left--) writer.write()
      while (!writer.isDone) await pause(1)
      writer.takeLatencies()
    }
  },
  /** Has all writers together write so many updates a second, until `stop`. */
  startWriting({ perSecond }: { perSecond: number }) {
    isWriting = true
    writing = keepWriting(perSecond)
  },
  interval: (): Interval => {
    const latencies = writers.flatMap(writer => writer.takeLatencies())
    return { acknowledged: latencies.length, latency: latencyOf(latencies) }
  },
  /** Stops writing and waits for what is not acknowledged yet. */
  async stop({ drainMs }: { drainMs: number }): Promise<Written> {
    isWriting = false
    await writing
    const stoppedMs = performance.now()
    while (writers.some(({ isDone }) => !isDone) && performance.now() - stoppedMs < drainMs) await pause(10)
    const sum = (read: (writer: Writer) => number) =>
      writers.reduce((total, writer) => total + read(writer), 0)
    return { sent: sum(({ sent }) => sent), acknowledged: sum(({ acknowledged }) => acknowledged), lost }
  },
  /** Of the writers' documents, as new connections get them: how many lack something that was acknowledged. */
  async incomplete({ targets }: { targets: readonly Target[] }): Promise<number> {
    const readers = await connectAll(targets)
    const held = readers.map(({ content }) => stateOf(content))
    await Promise.all(readers.map(reader => reader.close()))
    return writers.filter(({ acknowledged }, n) => {
      const written = stateOf(Array.from({ length: acknowledged }, (_, update) => payload.update(update)))
      return [...written].some(([key, stamp]) => (held[n]?.get(key) ?? 0) < stamp)
    }).length
  },
  async closeAll() {
    await Promise.all(clients.map(client => client.close()))
  },
}

/** What may be asked of the clients. */
export type ClientsHandlers = typeof handlers

answerCalls(handlers)

async function connect(targets: readonly Target[]): Promise<LoadClient[]> {
  const connected = await connectAll(targets)
  for (const client of connected) client.onLost = error => lost.push(error.message)
  clients.push(...connected)
  return connected
}

/** In turn, what is due every millisecond. */
async function keepWriting(perSecond: number): Promise<void> {
  const startMs = performance.now()
  for (let n = 0; isWriting; n++) {
    while (isWriting && ((performance.now() - startMs) * perSecond) / 1000 < n) await pause(1)
    writers[n % writers.length]?.write()
  }
}

/** Per key the stamp of its register. */
function stateOf(updates: readonly Uint8Array[]): Map<string, number> {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return new Map([...new RegisterArray(doc).state()].map(([key, { stamp }]) => [key, stamp]))
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
