// Reads rows off the pages of a damaged SQLite file (https://sqlite.org/fileformat2.html), whatever is left of the tree
// that leads to them. Nothing here is believed: every row is an envelope that opens under its own id or not at all.

/** Page types of a table without rowid; its rows lie on both. */
const INTERIOR_PAGE = 0x02
const LEAF_PAGE = 0x0a
const FILE_HEADER_BYTES = 100
const USUAL_PAGE_BYTES = 4_096
/** What ids of rows are made of. */
const ROW_ID = /^[\w.~+-]{1,200}$/

/** The size of pages by the file's header, the usual one where that makes no sense. */
export function pageSizeOf(file: Buffer): number {
  const stated = file.length < FILE_HEADER_BYTES ? 0 : file.readUInt16BE(16)
  const size = stated === 1 ? 65_536 : stated
  return size >= 512 && (size & (size - 1)) === 0 ? size : USUAL_PAGE_BYTES
}

/** Calls `found` with every row that can be read, in no particular order; an id may come more than once. */
export function readRows(
  image: Buffer,
  pageSize: number,
  found: (id: string, data: Uint8Array) => void,
): void {
  for (let start = 0; start < image.length; start += pageSize) {
    const page = image.subarray(start, start + pageSize)
    for (const cell of cellsOf(page, start === 0 ? FILE_HEADER_BYTES : 0)) {
      const payload = payloadAt(image, page, cell, pageSize)
      const row = payload && rowOf(payload)
      if (row) found(row.id, row.data)
    }
  }
}

/** Where on a page its cells begin. */
function cellsOf(page: Buffer, header: number): number[] {
  const type = page[header]
  if (page.length < header + 12 || (type !== LEAF_PAGE && type !== INTERIOR_PAGE)) return []
  const pointers = header + (type === INTERIOR_PAGE ? 12 : 8)
  const cells: number[] = []
  const count = page.readUInt16BE(header + 3)
  for (let n = 0; n < count && pointers + 2 * n + 2 <= page.length; n++) {
    const cell = page.readUInt16BE(pointers + 2 * n)
    // On an interior page the number of a child comes first.
    if (cell > 0) cells.push(type === INTERIOR_PAGE ? cell + 4 : cell)
  }
  return cells
}

/** A cell's payload with what of it lies on other pages. */
function payloadAt(image: Buffer, page: Buffer, cell: number, pageSize: number): Buffer | undefined {
  const [size, at] = varintAt(page, cell)
  if (size === 0 || size > image.length) return undefined
  const local = localBytes(size, pageSize)
  if (at + local > page.length) return undefined
  const pieces = [page.subarray(at, at + local)]
  if (local === size) return pieces[0]
  if (at + local + 4 > page.length) return undefined
  let next = page.readUInt32BE(at + local)
  for (let missing = size - local; missing > 0; missing -= pageSize - 4) {
    const start = (next - 1) * pageSize
    if (next === 0 || start + pageSize > image.length) return undefined
    pieces.push(image.subarray(start + 4, start + 4 + Math.min(missing, pageSize - 4)))
    next = image.readUInt32BE(start)
  }
  return Buffer.concat(pieces)
}

/** How much of a payload lies on the page of its cell. */
function localBytes(size: number, pageSize: number): number {
  const most = Math.floor(((pageSize - 12) * 64) / 255) - 23
  const least = Math.floor(((pageSize - 12) * 32) / 255) - 23
  if (size <= most) return size
  const fitting = least + ((size - least) % (pageSize - 4))
  return fitting <= most ? fitting : least
}

/** A record of a text and a blob. */
function rowOf(payload: Buffer): { id: string; data: Uint8Array } | undefined {
  const [headerBytes, textAt] = varintAt(payload, 0)
  const [textType, blobAt] = varintAt(payload, textAt)
  const [blobType, end] = varintAt(payload, blobAt)
  const isRow =
    end === headerBytes && textType >= 13 && textType % 2 === 1 && blobType >= 12 && blobType % 2 === 0
  if (!isRow) return undefined
  const [idBytes, dataBytes] = [(textType - 13) / 2, (blobType - 12) / 2]
  const id = payload.subarray(headerBytes, headerBytes + idBytes).toString('utf8')
  const data = payload.subarray(headerBytes + idBytes, headerBytes + idBytes + dataBytes)
  return ROW_ID.test(id) && data.length === dataBytes ? { id, data } : undefined
}

/** A number of one to nine bytes, and where what follows it begins; 0 where the bytes end early. */
function varintAt(bytes: Buffer, start: number): [value: number, next: number] {
  let value = 0
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at]
    if (byte === undefined) return [0, at]
    value = value * 128 + (byte & 127)
    if (byte < 128) return [value, at + 1]
  }
  // Nine bytes: more than any file has.
  return [Number.MAX_SAFE_INTEGER, start + 9]
}
