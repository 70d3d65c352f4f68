// Moves documents as devices do, and makes the content for it.
import { freshDocument, type Register, SEALED_ROOT, type SessionResponse } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { type CallAnswer, call } from './people.ts'

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
