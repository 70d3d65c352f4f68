// A data key at work: seals a value to the very place that it is stored in.
import type { KeyScope } from '../db/data-keys.ts'
import type { Aead } from './aead.ts'
import { encodeParts } from './encode-parts.ts'

/** Where a sealed value is stored. `row` is given where it is known before the insert. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row?: string
}

/** Seals and opens values of one person's document in one generation. */
export interface DataCipher {
  /** Version byte ‖ 12-byte nonce ‖ ciphertext ‖ 16-byte tag: 29 bytes longer than `plaintext`. */
  seal(plaintext: Uint8Array, place: Place): Buffer
  /** @throws CodedError `at-rest-damaged` when it is damaged, or was sealed for another place, person, document or generation */
  open(sealed: Uint8Array, place: Place): Buffer
}

/** The cipher of `scope`, under its key. */
export function createDataCipher(scope: KeyScope, aead: Aead): DataCipher {
  const { personId, document, generation } = scope
  // Encoded once: this part is most of what would be encoded for each value. A copy, since a small buffer is a piece of
  // a pool of 8 KiB, and thousands of ciphers that stay would each keep one.
  const scopeBytes = new Uint8Array(encodeParts([personId, document, String(generation)]))
  const associatedData = ({ table, column, row }: Place) =>
    Buffer.concat([scopeBytes, encodeParts(row === undefined ? [table, column] : [table, column, row])])
  return {
    seal: (plaintext, place) => aead.seal(plaintext, associatedData(place)),
    open: (sealed, place) => aead.open(sealed, associatedData(place)),
  }
}
