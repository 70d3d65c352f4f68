// Sends updates at a rate and measures when they arrive where.
import { updateFrame } from './frames.ts'
import { LoadClient, type Target } from './load-client.ts'
import type { Payload } from './payloads.ts'
import { type Latency, latencyOf, quantile } from './statistics.ts'

/** Connections that are being made at once. */
const CONNECTING = 32

/** A document that one client writes and another one watches. */
export interface LoadDocument {
  readonly writer: LoadClient
  readonly watcher: LoadClient
  /** Number of the next update. */
  next: number
}

/** How a window of load is driven. */
export interface LoadOptions {
  /** Updates a second, over all documents. */
  readonly rate: number
  /** Load before what is measured. */
  readonly warmUpMs: number
  readonly measuredMs: number
  /** How long answers are waited for afterwards. What comes later counts as never. */
  readonly drainMs: number
}

/** What a window of load showed. Latencies count from the time that an update was due, in milliseconds. */
export interface LoadResult {
  readonly relay: Latency
  /** Absent where the server acknowledges nothing. */
  readonly acknowledgement: Latency | undefined
  /** Updates of the measured time that never were relayed or acknowledged. */
  readonly missing: number
  /** By how much the generator itself was late, p99: a figure near the others means that it measured itself. */
  readonly lateP99: number
}

/** Connects clients, a few at a time. */
export async function connectAll(targets: readonly Target[]): Promise<LoadClient[]> {
  const clients: LoadClient[] = []
  for (let start = 0; start < targets.length; start += CONNECTING)
    clients.push(...(await Promise.all(targets.slice(start, start + CONNECTING).map(LoadClient.connect))))
  return clients
}

/** Drives one window of load, round robin over the documents. */
export async function runLoad(
  documents: readonly LoadDocument[],
  payload: Payload,
  { rate, warmUpMs, measuredMs, drainMs }: LoadOptions,
): Promise<LoadResult> {
  const count = Math.round((rate * (warmUpMs + measuredMs)) / 1000)
  const frames = prepare(documents, payload, count)
  const clock = new LoadClock(documents, count)
  const lateMs = await send(documents, frames, clock, rate)
  const sentMs = performance.now()
  while (!clock.isDone && performance.now() - sentMs < drainMs) await pause(5)
  const first = Math.round((rate * warmUpMs) / 1000)
  return {
    ...clock.results(first),
    lateP99: quantile([...lateMs.subarray(first)], 0.99),
  }
}

/** Sends each document its share of updates as fast as they are taken: the documents are at different points then. */
export async function fill(
  documents: readonly LoadDocument[],
  payload: Payload,
  most: number,
): Promise<void> {
  await Promise.all(
    documents.map(async (document, index) => {
      const share = Math.floor((index * most) / documents.length)
      if (share === 0) return
      const arrived = new Promise<void>(resolve => {
        let relayed = 0
        document.watcher.onRelay = () => {
          if (++relayed === share) resolve()
        }
      })
      for (let n = 0; n < share; n++)
        document.writer.send(updateFrame(document.writer.prefix, payload.update(document.next++)))
      await arrived
    }),
  )
}

/** Frames in the order of sending, so that nothing is encoded while time is taken. */
function prepare(documents: readonly LoadDocument[], payload: Payload, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const document = documents[index % documents.length] as LoadDocument
    return updateFrame(document.writer.prefix, payload.update(document.next++))
  })
}

/** Sends what is due every millisecond. Returns by how much each update was late. */
async function send(
  documents: readonly LoadDocument[],
  frames: readonly Uint8Array[],
  clock: LoadClock,
  rate: number,
): Promise<Float64Array> {
  const lateMs = new Float64Array(frames.length)
  const startMs = performance.now() + 1
  let next = 0
  while (next < frames.length) {
    const nowMs = performance.now()
    const due = Math.min(frames.length, Math.floor(((nowMs - startMs) * rate) / 1000))
    for (; next < due; next++) {
      // Due at the whole millisecond in which a timer could have sent it.
      const dueMs = startMs + Math.ceil(((next + 1) * 1000) / rate)
      clock.dueMs[next] = Math.min(dueMs, nowMs)
      lateMs[next] = Math.max(0, nowMs - dueMs)
      documents[next % documents.length]?.writer.send(frames[next] as Uint8Array)
    }
    await pause(1)
  }
  return lateMs
}

/** When each update was due, relayed and acknowledged. Update `n` is that of document `n % documents`. */
class LoadClock {
  readonly dueMs: Float64Array
  readonly #relayMs: Float64Array
  readonly #acknowledgementMs: Float64Array | undefined
  #open: number

  constructor(documents: readonly LoadDocument[], count: number) {
    this.dueMs = new Float64Array(count)
    this.#relayMs = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
    const acknowledges = documents[0]?.writer.acknowledges
    this.#acknowledgementMs = acknowledges
      ? new Float64Array(count).fill(Number.POSITIVE_INFINITY)
      : undefined
    this.#open = acknowledges ? 2 * count : count
    for (const [index, { writer, watcher }] of documents.entries()) {
      let relayed = index
      watcher.onRelay = () => {
        if (relayed < count) this.#take(this.#relayMs, relayed)
        relayed += documents.length
      }
      let acknowledged = index
      const before = writer.acknowledged
      writer.onAcknowledged = total => {
        const end = index + (total - before) * documents.length
        for (; acknowledged < end && acknowledged < count; acknowledged += documents.length)
          if (this.#acknowledgementMs) this.#take(this.#acknowledgementMs, acknowledged)
      }
    }
  }

  get isDone(): boolean {
    return this.#open <= 0
  }

  #take(times: Float64Array, index: number): void {
    times[index] = performance.now() - (this.dueMs[index] as number)
    this.#open--
  }

  results(first: number): Pick<LoadResult, 'relay' | 'acknowledgement' | 'missing'> {
    const relay = [...this.#relayMs.subarray(first)]
    const acknowledgement = this.#acknowledgementMs && [...this.#acknowledgementMs.subarray(first)]
    return {
      relay: latencyOf(relay),
      acknowledgement: acknowledgement && latencyOf(acknowledgement),
      missing: [...relay, ...(acknowledgement ?? [])].filter(ms => !Number.isFinite(ms)).length,
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
