// Gives devices that ask for it a signed word on what their documents' logs have come to (SPEC T).
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { encodeReceipt, receiptSigningBytes } from '@workforce-democracy/shared'
import type { JWK } from 'jose'
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { type DocumentChain, listChains } from '../db/document-chains.ts'
import { sqlState } from '../db/error-codes.ts'
import { type Repetition, repeatEvery } from './repetition.ts'
import type { Rooms } from './rooms.ts'
import type { Session } from './session.ts'

/** Signing and looking up have their price: a document that is written to all the time gets one receipt in so long. */
const GIVE_MS = 1_000
const MAX_AT_ONCE = 500

/** Signs with the first of `keys` (private Ed25519 JWKs with `kid`), the one that signs tokens: the JWKS has it. */
export function createReceiptSigner(
  keys: readonly JWK[],
  nowMs: () => number,
): (chain: DocumentChain) => Uint8Array {
  const [first] = keys
  const key: KeyObject | undefined = first && createPrivateKey({ key: { ...first }, format: 'jwk' })
  return ({ personId, document, generation, head, chain }) => {
    if (!key) throw new Error('There is no key to sign receipts with.')
    const signedAtSeconds = Math.floor(nowMs() / 1000)
    const body = { personId, document, generation, position: head, chain, signedAtSeconds }
    const signature = sign(null, receiptSigningBytes(body), key)
    return encodeReceipt({ ...body, keyId: first?.kid ?? '', signature })
  }
}

/** Gives every second, to all who ask for receipts and have been told of a newer position, one of where the log stands. */
export function giveReceipts(services: {
  readonly pool: Pool
  readonly rooms: Rooms
  readonly sign: (chain: DocumentChain) => Uint8Array
  readonly logger: Logger
}): Repetition {
  const { pool, rooms, sign, logger } = services
  return repeatEvery(
    GIVE_MS,
    async () => {
      const waiting = new Map<string, Session[]>()
      for (const session of rooms.sessions()) {
        if (!session.awaitsReceipt) continue
        const id = idOf(session)
        waiting.set(id, [...(waiting.get(id) ?? []), session])
      }
      const refs = [...waiting.values()].flatMap(([first]) => (first ? [first] : []))
      while (refs.length > 0) {
        for (const chain of await listChains(pool, refs.splice(0, MAX_AT_ONCE))) {
          const receipt = sign(chain)
          for (const session of waiting.get(idOf(chain)) ?? []) session.giveReceipt(chain, receipt)
        }
      }
    },
    error => logger.warn({ sqlState: sqlState(error) }, 'receipts could not be given'),
  )
}

const idOf = ({ personId, document }: { readonly personId: string; readonly document: string }) =>
  `${personId}/${document}`
