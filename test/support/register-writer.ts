// Writes registers over a raw connection, as a device does, and reads what the server sends back.
import { RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { connectRaw, type RawClient, type RawConnection } from './raw-client.ts'
import { until } from './until.ts'

/** The query of a device that knows an open document in its first generation. */
export const OPEN = '?mode=open&generation=1'

/** Connects, and waits for the answer to its step 1 or for a refusal. */
export async function connectSynced(
  serverUrl: string,
  accessToken: string,
  { document = 'votes', query = OPEN } = {},
): Promise<RawClient> {
  const client = await connectRaw(serverUrl, document, accessToken, { query })
  if (client.closeCode === undefined) client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
  await until(() => client.of('step2').length > 0 || client.closeCode !== undefined)
  return client
}

/** Sends each register as an update of its own, with rising stamps. */
export function registerWriter(client: Pick<RawConnection, 'send'>): {
  readonly registers: RegisterArray
  write(key: string, value: string | null): void
} {
  const doc = new Y.Doc()
  doc.on('update', update => client.send({ type: 'update', update }))
  const registers = new RegisterArray(doc)
  let stamp = 0
  return {
    registers,
    write: (key, value) => registers.write([{ key, stamp: ++stamp, device: 'device01', value }]),
  }
}

/** A Yjs document of everything that a client was sent. */
export function received(client: RawConnection): Y.Doc {
  const doc = new Y.Doc()
  for (const { update } of [...client.of('update'), ...client.of('step2')]) Y.applyUpdate(doc, update)
  return doc
}
