// Which row lies where: small rows by themselves until there are many, then packed into pages that are never changed.
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { encode, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import type { ClearRow } from './encrypted-rows.ts'
import { isPage, ROW_ID_LENGTH, type RowCipher } from './row-cipher.ts'
import type { Batch, Row } from './store.ts'

/** So many rows by themselves become pages. Opening reads each of them singly, and writing a page costs as much as this. */
const PACK_AT = 256
/** Under what browsers keep in a file of its own. */
const PAGE_BYTES = 48 * 1024
/** Larger rows, such as catalogs, stay by themselves. */
const SMALL_BYTES = 4 * 1024

/** A page. What one of a higher order holds of a row is newer. */
interface Page {
  readonly order: number
  readonly entries: number
}

/** A row under its id. */
interface Entry {
  readonly id: string
  readonly content: Uint8Array
}

/** A batch, and what to call once it is committed. */
export interface PackedBatch {
  readonly batch: Batch
  committed(): void
}

/** The rows of an open store. One batch is made and committed at a time. */
export class PackedRows {
  readonly #cipher: RowCipher
  readonly #packs: boolean
  /** Small rows by themselves. */
  readonly #looseById = new Map<string, Uint8Array>()
  /** Large ones; only until their contents were asked for. */
  readonly #largeById = new Map<string, Uint8Array | undefined>()
  readonly #pagedById = new Map<string, { readonly content: Uint8Array; readonly order: number }>()
  readonly #pageById = new Map<string, Page>()

  constructor(cipher: RowCipher, packs: boolean) {
    this.#cipher = cipher
    this.#packs = packs
  }

  /** Takes in a row of the store, in any order; `undefined` for one that cannot be opened, else what is new in it. */
  load(row: Row): Uint8Array[] | undefined {
    const content = this.#cipher.open(row)
    if (!content) return undefined
    if (isPage(row)) return this.#loadPage(row.id, content)
    this.#setLoose({ id: row.id, content })
    return [content]
  }

  /** The newest content of every row, as the store was opened. */
  contents(): Uint8Array[] {
    const contents: Uint8Array[] = []
    for (const [id, { content }] of this.#pagedById)
      if (!this.#looseById.has(id) && !this.#largeById.has(id)) contents.push(content)
    for (const content of [...this.#looseById.values(), ...this.#largeById.values()])
      if (content) contents.push(content)
    for (const id of this.#largeById.keys()) this.#largeById.set(id, undefined)
    return contents
  }

  /** What writes these rows. */
  batchOf(rows: readonly ClearRow[]): PackedBatch {
    const written = rows.map(({ name, content }) => ({ id: this.#cipher.idOf(name), content }))
    if (!this.#packs) return { batch: this.#looseBatch(written), committed: () => undefined }
    const small = new Map(this.#looseById)
    for (const { id, content } of written) {
      if (isSmall(content)) small.set(id, content)
      else small.delete(id)
    }
    return small.size < PACK_AT ? this.#loose(written) : this.#packed(written, small)
  }

  #loose(written: readonly Entry[]): PackedBatch {
    return {
      batch: this.#looseBatch(written),
      committed: () => {
        for (const entry of written) this.#setLoose(entry)
      },
    }
  }

  #looseBatch(written: readonly Entry[]): Batch {
    return { put: written.map(({ id, content }) => this.#cipher.seal(id, content)), remove: [] }
  }

  /** Pages of what lies by itself; of everything, once half of what pages hold has been written anew. */
  #packed(written: readonly Entry[], small: ReadonlyMap<string, Uint8Array>): PackedBatch {
    const pages = [...this.#pageById.values()]
    const isWorn =
      pages.reduce((sum, { entries }) => sum + entries, small.size) >
      2 * new Set([...this.#pagedById.keys(), ...small.keys()]).size + PACK_AT
    const packed = isWorn ? new Map([...this.#pagedContents(), ...small]) : small
    const order = 1 + pages.reduce((highest, page) => Math.max(highest, page.order), 0)
    const made = pagesOf(packed, order).map(content => ({ row: this.#cipher.sealPage(content), content }))
    const large = written.filter(({ content }) => !isSmall(content))
    const remove = [
      ...[...small.keys()].filter(id => this.#looseById.has(id) || this.#largeById.has(id)),
      ...(isWorn ? this.#pageById.keys() : []),
    ]
    const put = [...made.map(({ row }) => row), ...this.#looseBatch(large).put]
    return {
      batch: { put, remove },
      committed: () => {
        this.#removed(remove)
        for (const entry of large) this.#setLoose(entry)
        for (const { row, content } of made) this.#loadPage(row.id, content)
      },
    }
  }

  #pagedContents(): [string, Uint8Array][] {
    return Array.from(this.#pagedById, ([id, { content }]) => [id, content])
  }

  #setLoose({ id, content }: Entry): void {
    // Without pages nothing is looked up again.
    const isKept = this.#packs && isSmall(content)
    if (isKept) {
      this.#looseById.set(id, content)
      this.#largeById.delete(id)
    } else {
      this.#largeById.set(id, content)
      this.#looseById.delete(id)
    }
  }

  #removed(ids: readonly string[]): void {
    for (const id of ids) {
      this.#looseById.delete(id)
      this.#largeById.delete(id)
      this.#pageById.delete(id)
    }
  }

  /** Returns what of the page is newer than what is here. */
  #loadPage(pageId: string, bytes: Uint8Array): Uint8Array[] {
    const decoder = createDecoder(bytes)
    const order = readVarUint(decoder)
    const ids = readVarString(decoder)
    const entries = ids.length / ROW_ID_LENGTH
    const fresh: Uint8Array[] = []
    for (let index = 0; index < entries; index++) {
      const id = ids.slice(index * ROW_ID_LENGTH, (index + 1) * ROW_ID_LENGTH)
      const content = readVarUint8Array(decoder)
      const before = this.#pagedById.get(id)
      if (before && before.order >= order) continue
      this.#pagedById.set(id, { content, order })
      const known = this.#looseById.get(id) ?? before?.content
      if (!known || !isSame(known, content)) fresh.push(content)
    }
    this.#pageById.set(pageId, { order, entries })
    return fresh
  }
}

/** Rows in as few pages as hold them: order, all ids in one, then the contents. */
function pagesOf(contentById: ReadonlyMap<string, Uint8Array>, order: number): Uint8Array[] {
  const pages: Uint8Array[] = []
  let rows: [string, Uint8Array][] = []
  let sizeBytes = 0
  const finish = () => {
    pages.push(
      encode(encoder => {
        writeVarUint(encoder, order)
        writeVarString(encoder, rows.map(([id]) => id).join(''))
        for (const [, content] of rows) writeVarUint8Array(encoder, content)
      }),
    )
    rows = []
    sizeBytes = 0
  }
  for (const [id, content] of contentById) {
    rows.push([id, content])
    sizeBytes += ROW_ID_LENGTH + content.length
    if (sizeBytes >= PAGE_BYTES) finish()
  }
  if (rows.length > 0) finish()
  return pages
}

const isSmall = ({ length }: Uint8Array) => length <= SMALL_BYTES

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, index) => byte === other[index])
