// Seals and opens single rows, and pages of many. Each is bound to its id, and so to its name: it opens nowhere else.
import { NONCE_BYTES, openEnvelope, sealEnvelope } from '@workforce-democracy/shared'
import { encodeUtf8 } from 'lib0/string'
import { toBase64Url } from '../keys/bytes.ts'
import type { Sodium } from '../keys/sodium.ts'
import type { StoreKey } from '../keys/store-key.ts'
import type { Row } from './store.ts'

/** A row's id is a keyed hash of so many bytes, in base64url. */
const ROW_ID_BYTES = 20

const EPOCH = 0
const PAGE_ID_BYTES = 12
const CONTENT_KEY = { context: 'wdstore_', id: 1 } as const
const ROW_ID_KEY = { context: 'wdstore_', id: 2 } as const

/**
 * What a row of the store is: one row, or a page of many, of the first form or the one that is written now. What knows only
 * the first takes a page of the second for a row, which then does not open, instead of reading it as something else.
 */
export type RowKind = 'row' | 'page' | 'page-2'

/** Of what kind it is, by its id. */
export function kindOf({ id }: Row): RowKind {
  if (id.startsWith('page.')) return 'page'
  return id.startsWith('page-2.') ? 'page-2' : 'row'
}

export class RowCipher {
  readonly #sodium: Sodium
  readonly #storeId: string
  readonly #contentKey: Uint8Array
  readonly #rowIdKey: Uint8Array

  constructor(sodium: Sodium, { storeId, key }: StoreKey) {
    this.#sodium = sodium
    this.#storeId = storeId
    this.#contentKey = sodium.deriveKey(CONTENT_KEY, key)
    this.#rowIdKey = sodium.deriveKey(ROW_ID_KEY, key)
  }

  /** The id of the row of this name: a hash that nobody can make without the key. */
  idOf(name: string): string {
    return toBase64Url(this.#sodium.hash(ROW_ID_BYTES, encodeUtf8(name), this.#rowIdKey))
  }

  seal(id: string, content: Uint8Array): Row {
    return { id, data: this.#sealed('row', id, content) }
  }

  /** A page under a new id. */
  sealPage(content: Uint8Array): Row {
    const id = `page-2.${toBase64Url(this.#sodium.randomBytes(PAGE_ID_BYTES))}`
    return { id, data: this.#sealed('page-2', id, content) }
  }

  /** The content of a row or page, `undefined` for what was not sealed here. */
  open(row: Row): Uint8Array | undefined {
    try {
      // Another version of a row was sealed under the row's own id.
      const binding = this.#binding(kindOf(row), row.id.replace(/\+\d+$/, ''))
      return openEnvelope({ ...binding, envelope: row.data })
    } catch {
      return undefined
    }
  }

  #sealed(kind: RowKind, id: string, plaintext: Uint8Array): Uint8Array {
    return sealEnvelope({
      ...this.#binding(kind, id),
      nonce: this.#sodium.randomBytes(NONCE_BYTES),
      plaintext,
    })
  }

  #binding(kind: RowKind, id: string) {
    return {
      aead: this.#sodium.aead,
      key: this.#contentKey,
      epoch: EPOCH,
      context: [this.#storeId, kind, id],
    }
  }
}
