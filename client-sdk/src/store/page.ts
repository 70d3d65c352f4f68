// How a page lies in bytes: its order, then the contents of its rows, compressed where that makes it smaller on the disk.
import { paddedLength } from '@workforce-democracy/shared'
import {
  createDecoder,
  type Decoder,
  hasContent,
  readVarString,
  readVarUint,
  readVarUint8Array,
} from 'lib0/decoding'
import { encode, writeVarUint, writeVarUint8Array } from 'lib0/encoding'

/** Rows in one. What a page of a higher order holds of a row is newer. */
export interface Page {
  readonly order: number
  readonly contents: readonly Uint8Array[]
}

/** The first byte says which. */
const PLAIN = 0
const DEFLATED = 1

/** Sealed, up to so many bytes look alike: compressing them would gain nothing. */
const FLOOR_BYTES = paddedLength(0)

/** The bytes of a page. */
export async function encodePage({ order, contents }: Page): Promise<Uint8Array> {
  const plain = encode(encoder => {
    writeVarUint(encoder, order)
    for (const content of contents) writeVarUint8Array(encoder, content)
  })
  // The mark that padding begins with takes a byte, too.
  return plain.length + 2 <= FLOOR_BYTES
    ? marked(PLAIN, plain)
    : marked(DEFLATED, await piped(plain, new CompressionStream('deflate-raw')))
}

/** The page in these bytes; rejects where there is none. */
export async function decodePage(bytes: Uint8Array): Promise<Page> {
  const rest = bytes.subarray(1)
  switch (bytes[0]) {
    case PLAIN:
      return readPage(createDecoder(rest))
    case DEFLATED:
      return readPage(createDecoder(await piped(rest, new DecompressionStream('deflate-raw'))))
    default:
      throw new RangeError('It has no known form.')
  }
}

/** The page in bytes of the form before, which named the rows by their ids and compressed nothing. */
export function decodeFirstForm(bytes: Uint8Array): Page {
  const decoder = createDecoder(bytes)
  const order = readVarUint(decoder)
  readVarString(decoder)
  return { order, contents: readContents(decoder) }
}

function readPage(decoder: Decoder): Page {
  return { order: readVarUint(decoder), contents: readContents(decoder) }
}

function readContents(decoder: Decoder): Uint8Array[] {
  const contents: Uint8Array[] = []
  while (hasContent(decoder)) contents.push(readVarUint8Array(decoder))
  return contents
}

function marked(form: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + rest.length)
  bytes[0] = form
  bytes.set(rest, 1)
  return bytes
}

async function piped(
  bytes: Uint8Array,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(through)
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
