// How a replica's registers and small values lie in rows.
import {
  CodedError,
  type DocumentName,
  isDocumentName,
  isJsonValue,
  type JsonValue,
  parseEntry,
  type Register,
  toEntry,
} from '@workforce-democracy/shared'
import { createDecoder, type Decoder, readAny, readUint8, readVarUint } from 'lib0/decoding'
import { type AnyEncodable, encode, writeAny } from 'lib0/encoding'
import type { ClearRow } from '../store/encrypted-rows.ts'

/** A small value that the replica keeps beside the documents. */
export type MetaValue = JsonValue | Uint8Array

/** What a row holds. */
export type ReplicaRow =
  | {
      readonly kind: 'register'
      readonly document: DocumentName
      readonly register: Register
      /** Whether the server lacks it. */
      readonly pending: boolean
    }
  | { readonly kind: 'meta'; readonly name: string; readonly value: MetaValue }

const REGISTER = 1
const META = 2

/** The row in the form the store takes. */
export function encodeRow(row: ReplicaRow): ClearRow {
  if (row.kind === 'meta')
    return { name: `meta/${row.name}`, content: encodeAny([META, row.name, row.value]) }
  const { document, register, pending } = row
  return {
    name: `register/${document}/${register.key}`,
    content: encodeAny([REGISTER, document, toEntry(register), pending]),
  }
}

/**
 * The name of the row that has this content. It is read off the beginning alone, since that of every row is asked for while
 * a store is opened.
 *
 * @throws CodedError `store-damaged` for content that no version up to this one writes
 */
export function nameOfRow(content: Uint8Array): string {
  const decoder = createDecoder(content)
  beginArray(decoder)
  const [kind, name] = [readAny(decoder), readAny(decoder)]
  if (kind === META) return `meta/${name}`
  if (kind !== REGISTER) throw newer()
  beginArray(decoder)
  return `register/${name}/${readAny(decoder)}`
}

/**
 * What a row holds.
 *
 * @throws CodedError `store-damaged` for content that no version up to this one writes
 */
export function decodeRow(content: Uint8Array): ReplicaRow {
  const [kind, name, value, pending] = readAny(createDecoder(content)) as unknown[]
  if (kind === META && typeof name === 'string' && (value instanceof Uint8Array || isJsonValue(value)))
    return { kind: 'meta', name, value }
  const register = parseEntry(value)
  if (kind === REGISTER && typeof name === 'string' && isDocumentName(name) && register)
    return { kind: 'register', document: name, register, pending: pending === true }
  throw newer()
}

const newer = () => new CodedError('store-damaged', 'The store was written by a newer version.')

/** Reads what stands before the first element of an array: its type and length. */
function beginArray(decoder: Decoder): void {
  readUint8(decoder)
  readVarUint(decoder)
}

function encodeAny(value: AnyEncodable[]): Uint8Array {
  return encode(encoder => writeAny(encoder, value))
}
