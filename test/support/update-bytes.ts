// Writes Yjs updates byte by byte, also such that no Yjs would write.
import * as encoding from 'lib0/encoding'

/** Client and clock. */
export type Id = readonly [client: number, clock: number]

/** What an item holds. */
export type Content =
  | { readonly kind: 'deleted'; readonly length: number }
  | { readonly kind: 'json'; readonly texts: readonly string[] }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'embed'; readonly json: string }
  | { readonly kind: 'format'; readonly key: string; readonly json: string }
  | { readonly kind: 'type'; readonly typeRef: number; readonly name?: string }
  | { readonly kind: 'any'; readonly values: readonly unknown[] }
  /** Values that are given as bytes already, so many of them. */
  | { readonly kind: 'raw-any'; readonly length: number; readonly bytes: Uint8Array }
  | { readonly kind: 'doc'; readonly guid: string; readonly options: unknown }

/** One struct; without neighbours an item names its parent: a root by name or an item by id. */
export type StructSpec =
  | { readonly kind: 'gc' | 'skip'; readonly length: number }
  | {
      readonly kind: 'item'
      readonly origin?: Id | undefined
      readonly rightOrigin?: Id | undefined
      readonly parent?: string | Id | undefined
      readonly parentSub?: string | undefined
      readonly content: Content
    }

/** The structs of one client, from a clock on. */
export interface Block {
  readonly client: number
  readonly clock: number
  readonly structs: readonly StructSpec[]
}

/** What a client deletes: clock and length. */
export interface Deletions {
  readonly client: number
  readonly spans: readonly (readonly [clock: number, length: number])[]
}

/** The update of these blocks and deletions, whatever they say. */
export function updateBytes(blocks: readonly Block[], deletions: readonly Deletions[] = []): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeVarUint(encoder, blocks.length)
    for (const { client, clock, structs } of blocks) {
      for (const number of [structs.length, client, clock]) encoding.writeVarUint(encoder, number)
      for (const struct of structs) writeStruct(encoder, struct)
    }
    encoding.writeVarUint(encoder, deletions.length)
    for (const { client, spans } of deletions) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, spans.length)
      for (const number of spans.flat()) encoding.writeVarUint(encoder, number)
    }
  })
}

const REFERENCES = {
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  'raw-any': 8,
  doc: 9,
} as const
const GC = 0
const SKIP = 10
const HAS_ORIGIN = 0x80
const HAS_RIGHT_ORIGIN = 0x40
const HAS_PARENT_SUB = 0x20

function writeStruct(encoder: encoding.Encoder, struct: StructSpec): void {
  if (struct.kind !== 'item') {
    encoding.writeUint8(encoder, struct.kind === 'gc' ? GC : SKIP)
    encoding.writeVarUint(encoder, struct.length)
    return
  }
  const { origin, rightOrigin, parent = 'registers', parentSub, content } = struct
  encoding.writeUint8(
    encoder,
    REFERENCES[content.kind] |
      (origin ? HAS_ORIGIN : 0) |
      (rightOrigin ? HAS_RIGHT_ORIGIN : 0) |
      (parentSub === undefined ? 0 : HAS_PARENT_SUB),
  )
  if (origin) writeId(encoder, origin)
  if (rightOrigin) writeId(encoder, rightOrigin)
  if (!origin && !rightOrigin) {
    encoding.writeVarUint(encoder, typeof parent === 'string' ? 1 : 0)
    if (typeof parent === 'string') encoding.writeVarString(encoder, parent)
    else writeId(encoder, parent)
    if (parentSub !== undefined) encoding.writeVarString(encoder, parentSub)
  }
  writeContent(encoder, content)
}

function writeId(encoder: encoding.Encoder, id: Id): void {
  for (const number of id) encoding.writeVarUint(encoder, number)
}

const NAMED_TYPES = [3, 5]

function writeContent(encoder: encoding.Encoder, content: Content): void {
  switch (content.kind) {
    case 'deleted':
      encoding.writeVarUint(encoder, content.length)
      return
    case 'json':
      encoding.writeVarUint(encoder, content.texts.length)
      for (const text of content.texts) encoding.writeVarString(encoder, text)
      return
    case 'binary':
      encoding.writeVarUint8Array(encoder, content.bytes)
      return
    case 'string':
      encoding.writeVarString(encoder, content.text)
      return
    case 'embed':
      encoding.writeVarString(encoder, content.json)
      return
    case 'format':
      encoding.writeVarString(encoder, content.key)
      encoding.writeVarString(encoder, content.json)
      return
    case 'type':
      encoding.writeVarUint(encoder, content.typeRef)
      if (NAMED_TYPES.includes(content.typeRef)) encoding.writeVarString(encoder, content.name ?? '')
      return
    case 'any':
      encoding.writeVarUint(encoder, content.values.length)
      for (const value of content.values) encoding.writeAny(encoder, value as encoding.AnyEncodable)
      return
    case 'raw-any':
      encoding.writeVarUint(encoder, content.length)
      encoding.writeUint8Array(encoder, content.bytes)
      return
    case 'doc':
      encoding.writeVarString(encoder, content.guid)
      encoding.writeAny(encoder, content.options as encoding.AnyEncodable)
  }
}
