// An honest pair of clients on one document, beside an attack: one writes, the other reads.
import { RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { connectChannels, RawChannel } from '../support/raw-channels.ts'
import { connectRaw } from '../support/raw-client.ts'
import { until } from '../support/until.ts'

/** Keeps writing until it is stopped. */
export interface Witness {
  /** Stops. Resolves with how many writes were acknowledged and relayed. */
  stop(): Promise<number>
}

/** Between two writes: an honest client stays below what one connection may send. */
const PAUSE_MS = 40
/** An attack may slow others down, not hold them up. */
const WITHIN_MS = 10_000

/**
 * Connects both clients, over sockets of their own or over channels; from then on each write must be durable for the
 * one and arrive at the other.
 */
export async function startWitness(
  url: string,
  document: string,
  accessToken: string,
  over: 'socket' | 'channel' = 'socket',
): Promise<Witness> {
  const query = '?mode=open&generation=1'
  const connect = async () => {
    const client =
      over === 'socket'
        ? await connectRaw(url, document, accessToken, { query })
        : (await connectChannels(url, accessToken)).open(document, { query })
    client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
    await client.nth('step2')
    return client
  }
  const writer = await connect()
  const reader = await connect()
  const doc = new Y.Doc()
  const registers = new RegisterArray(doc)
  doc.on('update', update => writer.send({ type: 'update', update }))
  const before = reader.of('update').length
  let written = 0
  let stopped = false

  const write = async () => {
    while (!stopped) {
      written++
      registers.write([{ key: `witness-${written % 5}`, stamp: written, device: 'witness1', value: written }])
      await until(
        () =>
          (writer.of('durable').at(-1)?.count ?? 0) >= written &&
          reader.of('update').length - before >= written,
        WITHIN_MS,
      )
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
  }
  const writing = write()
  // Looked at in `stop`; until then a failure is not an unhandled one.
  writing.catch(() => undefined)
  return {
    async stop() {
      stopped = true
      const connections = [writer, reader].map(each => (each instanceof RawChannel ? each.socket : each))
      await writing.finally(() => Promise.all(connections.map(each => each[Symbol.asyncDispose]())))
      return written
    },
  }
}
