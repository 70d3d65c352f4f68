// One trial of the crash test: clients write as fast as they can, the server is killed, and comes back.
import type { SessionResponse } from '@workforce-democracy/shared'
import type { RawClient } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import type { ServerProcess } from '../support/server-process.ts'

/** How a trial ended. */
export interface TrialOutcome {
  /** Updates that the server had acknowledged before it was killed. */
  readonly acknowledged: number
  /** Those of them that are not there after the restart. */
  readonly lost: readonly string[]
  /** Keys that stand more than once in the document. */
  readonly twice: readonly string[]
}

/** A client that writes a register, and the next as soon as the server has room for it. */
interface Writer {
  readonly client: RawClient
  readonly keys: string[]
  stopped: boolean
}

/** Frames that a writer has under way at most. */
const WINDOW = 32

/** Runs a trial on a server that is up; it is up again when this resolves. `kill` must end it. */
export async function runCrashTrial(
  server: ServerProcess,
  person: SessionResponse,
  options: { trial: number; clients: number; killAfterMs: number; kill?: () => Promise<void> },
): Promise<TrialOutcome> {
  const { kill = () => server.kill('SIGKILL') } = options
  const writers: Writer[] = []
  for (let n = 0; n < options.clients; n++)
    writers.push(await startWriter(server.url, person.accessToken, `t${options.trial}c${n}`))
  await new Promise(resolve => setTimeout(resolve, options.killAfterMs))
  await kill()
  for (const writer of writers) writer.stopped = true
  const acknowledged = writers.flatMap(({ client, keys }) =>
    keys.slice(0, client.of('durable').at(-1)?.count ?? 0),
  )
  for (const { client } of writers) await client[Symbol.asyncDispose]()

  await server.start()
  const held = await readAll(server.url, person.accessToken)
  const counts = new Map<string, number>()
  for (const key of held) counts.set(key, (counts.get(key) ?? 0) + 1)
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter(key => !counts.has(key)),
    twice: [...counts].filter(([, count]) => count > 1).map(([key]) => key),
  }
}

async function startWriter(url: string, accessToken: string, name: string): Promise<Writer> {
  const client = await connectSynced(url, accessToken)
  const writer: Writer = { client, keys: [], stopped: false }
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
    const key = `us-zz:${name}-${keys.length}`
    keys.push(key)
    write(key, 'made-up')
    if (keys.length % 8 === 0) await new Promise(resolve => setImmediate(resolve))
  }
}

/** The keys that a fresh client is sent, each as often as it stands there; none if even its account is gone. */
async function readAll(url: string, accessToken: string): Promise<string[]> {
  await using client = await connectSynced(url, accessToken)
  return received(client)
    .getArray<[string]>('registers')
    .toArray()
    .map(([key]) => key)
}
