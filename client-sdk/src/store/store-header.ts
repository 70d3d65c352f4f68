// The header of a store in its rows: twice, far from one another in the order of ids, since everything hangs on it.
import { CodedError } from '@workforce-democracy/shared'
import type { Sodium } from '../keys/sodium.ts'
import { openStoreKey, type StoreKey, type StoreLock } from '../keys/store-key.ts'
import type { Row } from './store.ts'

const HEADER_IDS = ['header', '~header'] as const

/** A header that opened, or why none did: `undefined` where there is none. */
export type OpenedHeader =
  | {
      readonly storeKey: StoreKey
      /** Copies of it that are missing or damaged. */
      readonly missing: readonly Row[]
    }
  | { readonly problem: CodedError | undefined }

/** Opens whichever copy of the header is sound. */
export async function openHeader(
  sodium: Sodium,
  lock: StoreLock,
  stored: readonly Row[],
): Promise<OpenedHeader> {
  const headers = stored.filter(isHeader)
  let problem: CodedError | undefined
  const tried: Uint8Array[] = []
  for (const { data } of headers) {
    if (tried.some(other => isSame(other, data))) continue
    tried.push(data)
    try {
      const storeKey = await openStoreKey(sodium, lock, data)
      const soundIds = new Set(headers.filter(header => isSame(header.data, data)).map(({ id }) => id))
      return { storeKey, missing: withHeader.copiesOf(data).filter(({ id }) => !soundIds.has(id)) }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      // A sound header under another key says more than a damaged one.
      if (problem?.code !== 'wrong-passphrase') problem = error
    }
  }
  return { problem }
}

/** Rows with and without the header. */
export const withHeader = {
  /** The rows that a header lies in. */
  copiesOf: (header: Uint8Array): Row[] => HEADER_IDS.map(id => ({ id, data: header })),
  removed: (rows: readonly Row[]): Row[] => rows.filter(row => !isHeader(row)),
}

/** A version that salvaging found counts, too. */
const isHeader = ({ id }: Row) => HEADER_IDS.some(headerId => id.replace(/\+\d+$/, '') === headerId)

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, index) => byte === other[index])
