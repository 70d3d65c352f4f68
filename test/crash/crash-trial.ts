// One trial of the crash test: clients write as fast as they can, the server is killed, and comes back.
import type { OpenableDocument, SessionResponse } from '@workforce-democracy/shared'
import type { RawClient } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import type { ServerProcess } from '../support/server-process.ts'

/** How a trial ended. */
export interface TrialOutcome {
  /** Updates that the server had acknowledged before it was killed. */
  readonly acknowledged: number
  /** Keys of those whose write, or a later one of the same key, is not there after the restart. */
  readonly lost: readonly string[]
  /** Keys that stand more than once in the document. */
  readonly twice: readonly string[]
}

/** How a trial is run. */
export interface TrialOptions {
  readonly trial: number
  /** Clients that write each of the documents. */
  readonly clients: number
  readonly documents?: readonly OpenableDocument[]
  readonly killAfterMs: number
  /** Must end the server; SIGKILL unless given. */
  readonly kill?: () => Promise<unknown>
}

/** A client that writes a register, and the next as soon as the server has room for it. */
interface Writer {
  readonly document: OpenableDocument
  readonly client: RawClient
  /** The key of each write, in order; the value written is its place here. */
  readonly keys: string[]
  stopped: boolean
}

/** Frames that a writer has under way at most. */
const WINDOW = 32

/** Runs a trial on a server that is up; it is up again when this resolves. */
export async function runCrashTrial(
  server: ServerProcess,
  person: SessionResponse,
  options: TrialOptions,
): Promise<TrialOutcome> {
  const { trial, documents = ['votes'], kill = () => server.kill('SIGKILL') } = options
  const writers: Writer[] = []
  for (const document of documents) {
    for (let n = 0; n < options.clients; n++)
      writers.push(await startWriter(server.url, person.accessToken, document, `t${trial}c${n}`))
  }
  await new Promise(resolve => setTimeout(resolve, options.killAfterMs))
  await kill()
  // What the server had sent before its end counts, even where it arrives only now.
  for (const { client } of writers) await client.closed()
  for (const writer of writers) writer.stopped = true
  const acknowledged = writers.map(({ client }) => client.of('durable').at(-1)?.count ?? 0)

  await server.start()
  const lost: string[] = []
  const twice: string[] = []
  for (const document of documents) {
    const held = await readAll(server.url, person.accessToken, document)
    for (const [key, values] of held) if (values.length > 1) twice.push(key)
    for (const [n, writer] of writers.entries())
      if (writer.document === document) lost.push(...missing(held, writer.keys.slice(0, acknowledged[n])))
  }
  return { acknowledged: acknowledged.reduce((sum, count) => sum + count, 0), lost, twice }
}

async function startWriter(
  url: string,
  accessToken: string,
  document: OpenableDocument,
  name: string,
): Promise<Writer> {
  const client = await connectSynced(url, accessToken, { document })
  const writer: Writer = { document, client, keys: [], stopped: false }
  void keepWriting(writer, name)
  return writer
}

/** Only this client's own updates, so that the n-th frame it sends is the n-th that the server counts. */
async function keepWriting(writer: Writer, name: string): Promise<void> {
  const { client, keys } = writer
  const { write } = registerWriter(client)
  while (!writer.stopped && client.closeCode === undefined) {
    if (keys.length - (client.of('durable').at(-1)?.count ?? 0) >= WINDOW) {
      await new Promise(resolve => setTimeout(resolve, 1))
      continue
    }
    const n = keys.length
    // Every fourth write supersedes the one before it, so that updates delete and compaction has to.
    const key = `us-zz:${name}-${n % 4 === 3 ? n - 1 : n}`
    keys.push(key)
    write(key, String(n))
    if (n % 8 === 7) await new Promise(resolve => setImmediate(resolve))
  }
}

/** Keys of which neither the write nor a later one is held. */
function missing(held: ReadonlyMap<string, readonly number[]>, keys: readonly string[]): string[] {
  return keys.filter((key, n) => Math.max(-1, ...(held.get(key) ?? [])) < n)
}

/** What a fresh client is sent: per key the values that stand there; none if even its account is gone. */
async function readAll(url: string, accessToken: string, document: string): Promise<Map<string, number[]>> {
  await using client = await connectSynced(url, accessToken, { document })
  const values = new Map<string, number[]>()
  for (const [key, , , value] of received(client)
    .getArray<[key: string, stamp: number, device: string, value: string]>('registers')
    .toArray()) {
    values.set(key, [...(values.get(key) ?? []), Number(value)])
  }
  return values
}
