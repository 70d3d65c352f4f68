// Which row lies where: small rows in pages that are never changed, a page a batch, which become fewer and larger in time.
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { encode, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import type { ClearRow } from './encrypted-rows.ts'
import { isPage, ROW_ID_LENGTH, type RowCipher } from './row-cipher.ts'
import type { Batch, Row } from './store.ts'

/** So many small pages, or small pages of so many bytes, become large ones: opening reads each singly. */
const MERGE_AT = { pages: 256, bytes: 512 * 1024 }
/** Under what browsers keep in a file of its own. */
const PAGE_BYTES = 48 * 1024
/** Larger rows, such as catalogs, stay by themselves. */
const SMALL_BYTES = 4 * 1024

/** A page. What one of a higher order holds of a row is newer. */
interface Page {
  readonly order: number
  readonly entries: number
  readonly bytes: number
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
  /** Those by themselves; only until their contents were asked for. */
  readonly #singleById = new Map<string, Uint8Array | undefined>()
  readonly #pagedById = new Map<string, { readonly content: Uint8Array; readonly order: number }>()
  readonly #pageById = new Map<string, Page>()

  constructor(cipher: RowCipher, packs: boolean) {
    this.#cipher = cipher
    this.#packs = packs
  }

  /** Takes in a row of the store, in any order; returns whether it could be opened. */
  load(row: Row): boolean {
    const content = this.#cipher.open(row)
    if (!content) return false
    if (isPage(row)) this.#loadPage(row.id, content)
    else this.#singleById.set(row.id, content)
    return true
  }

  /** The newest content of every row, as the store was opened. */
  contents(): Uint8Array[] {
    const contents: Uint8Array[] = []
    for (const [id, { content }] of this.#pagedById) if (!this.#singleById.has(id)) contents.push(content)
    for (const content of this.#singleById.values()) if (content) contents.push(content)
    for (const id of this.#singleById.keys()) this.#singleById.set(id, undefined)
    return contents
  }

  /** What writes these rows. */
  batchOf(rows: readonly ClearRow[]): PackedBatch {
    const written = rows.map(({ name, content }) => ({ id: this.#cipher.idOf(name), content }))
    const single = written.filter(({ content }) => !this.#packs || content.length > SMALL_BYTES)
    const small = written.filter(({ content }) => this.#packs && content.length <= SMALL_BYTES)
    const merged = small.length > 0 ? this.#mergedPages(small.length) : []
    const order = 1 + [...this.#pageById.values()].reduce((highest, page) => Math.max(highest, page.order), 0)
    const contentById = new Map(this.#newestIn(merged).map(({ id, content }) => [id, content]))
    for (const { id, content } of small) contentById.set(id, content)
    const made = pagesOf(contentById, order).map(content => ({
      row: this.#cipher.sealPage(content),
      content,
    }))
    const remove = [
      // By itself it would be newer than any page.
      ...small.map(({ id }) => id).filter(id => this.#singleById.has(id)),
      ...merged.map(([pageId]) => pageId),
    ]
    const put = [
      ...made.map(({ row }) => row),
      ...single.map(({ id, content }) => this.#cipher.seal(id, content)),
    ]
    return {
      batch: { put, remove },
      committed: () => {
        for (const id of remove) {
          this.#singleById.delete(id)
          this.#pageById.delete(id)
        }
        // Without pages nothing is looked up again.
        if (this.#packs) for (const { id } of single) this.#singleById.set(id, undefined)
        for (const { row, content } of made) this.#loadPage(row.id, content)
      },
    }
  }

  /** The pages to write anew with the next batch: none as a rule, else the small ones, or all of which half is worn out. */
  #mergedPages(coming: number): [string, Page][] {
    const pages = [...this.#pageById]
    const held = pages.reduce((sum, [, { entries }]) => sum + entries, coming)
    if (held > 2 * (this.#pagedById.size + coming) + MERGE_AT.pages) return pages
    const small = pages.filter(([, { bytes }]) => bytes < PAGE_BYTES / 2)
    const bytes = small.reduce((sum, [, page]) => sum + page.bytes, 0)
    return small.length >= MERGE_AT.pages || bytes >= MERGE_AT.bytes ? small : []
  }

  /** What these pages hold that no newer one does. */
  #newestIn(pages: readonly [string, Page][]): Entry[] {
    if (pages.length === 0) return []
    const orders = new Set(pages.map(([, { order }]) => order))
    return [...this.#pagedById].flatMap(([id, { content, order }]) =>
      orders.has(order) ? [{ id, content }] : [],
    )
  }

  #loadPage(pageId: string, bytes: Uint8Array): void {
    const decoder = createDecoder(bytes)
    const order = readVarUint(decoder)
    const ids = readVarString(decoder)
    const entries = ids.length / ROW_ID_LENGTH
    for (let index = 0; index < entries; index++) {
      const id = ids.slice(index * ROW_ID_LENGTH, (index + 1) * ROW_ID_LENGTH)
      const content = readVarUint8Array(decoder)
      const before = this.#pagedById.get(id)
      if (!before || before.order < order) this.#pagedById.set(id, { content, order })
    }
    this.#pageById.set(pageId, { order, entries, bytes: bytes.length })
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
