// Moves documents as devices do, and makes the content for it.
import {
  freshDocument,
  type Register,
  RegisterArray,
  SEALED_ROOT,
  type SessionResponse,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { type CallAnswer, call } from './people.ts'
import { connectSynced, received } from './register-writer.ts'
import { until } from './until.ts'

/** Where a document is. */
export interface Place {
  readonly generation: number
  readonly position: number
}

/** The content of an open document with these registers. */
export function openContent(registers: Iterable<Register>): Uint8Array {
  return freshDocument(
    new Map([...registers].map(register => [register.key, register])),
    new Y.Doc().clientID,
  )
}

/** The content of a sealed document with these envelopes. */
export function sealedContent(envelopes: readonly Uint8Array[]): Uint8Array {
  const doc = new Y.Doc()
  doc.getArray(SEALED_ROOT).push(envelopes.map(envelope => Uint8Array.from(envelope)))
  return Y.encodeStateAsUpdate(doc)
}

/** Asks for a move. */
export function askForMove(
  serverUrl: string,
  { accessToken }: Pick<SessionResponse, 'accessToken'>,
  {
    document = 'votes',
    ...move
  }: { from: Place; mode?: 'open' | 'sealed'; content: Uint8Array; document?: string },
): Promise<CallAnswer> {
  const body = {
    from: move.from,
    mode: move.mode ?? 'open',
    content: Buffer.from(move.content).toString('base64'),
  }
  return call(serverUrl, 'POST', `/api/sync/${document}/generation`, { token: accessToken, body })
}

/**
 * Moves an open document as a device does: syncs, makes the content of what it has seen, asks, and begins again where
 * somebody else was there first. Returns where it is then, and how often it was refused.
 */
export async function moveAsDevice(
  serverUrl: string,
  person: Pick<SessionResponse, 'accessToken'>,
  keeps: (register: Register) => boolean = () => true,
): Promise<Place & { refused: number }> {
  let generation = 1
  let refused = 0
  for (;;) {
    const query = `?mode=open&generation=${generation}`
    await using client = await connectSynced(serverUrl, person.accessToken, { query })
    await until(() => client.of('durable').length > 0 || client.closeCode !== undefined)
    while (client.closeCode === undefined) {
      const position = client.of('durable').at(-1)?.position ?? 0
      const registers = [...new RegisterArray(received(client)).state().values()]
      const content = openContent(registers.filter(keeps))
      const { status, body } = await askForMove(serverUrl, person, {
        from: { generation, position },
        content,
      })
      if (status === 200) return { ...body, refused }
      refused++
      // What came meanwhile is on its way.
      await until(
        () => client.of('durable').at(-1)!.position >= body.position || client.closeCode !== undefined,
      )
    }
    const [moved] = client.of('moved')
    if (!moved) throw new Error(`closed with ${client.closeCode}`)
    generation = moved.generation
  }
}
