// Which row lies where: small rows in pages that are never changed, a page a batch, which become fewer and larger in time.
import type { ClearRow } from './encrypted-rows.ts'
import { decodeFirstForm, decodePage, encodePage, type Page } from './page.ts'
import { kindOf, type RowCipher } from './row-cipher.ts'
import type { Batch, Row } from './store.ts'

/** So many small pages, or small pages of so many bytes, become large ones: opening reads each singly. */
const MERGE_AT = { pages: 256, bytes: 512 * 1024 }
/** Under what browsers keep in a file of its own, even where nothing of it can be compressed. */
const PAGE_BYTES = 48 * 1024
/** Larger rows, such as catalogs, stay by themselves. */
const SMALL_BYTES = 4 * 1024

/** What is known of a page in the store. */
interface StoredPage {
  readonly order: number
  readonly entries: number
  /** Of the contents, uncompressed. */
  readonly bytes: number
}

/** A batch, and what to call once it is committed. */
export interface PackedBatch {
  readonly batch: Batch
  committed(): void
}

/** What {@link PackedRows} takes. */
export interface PackedRowsOptions {
  readonly cipher: RowCipher
  /** Whether small rows are packed from now on. */
  readonly packs: boolean
  /** The name of the row that has this content. Pages hold no names, and no ids, which cannot be compressed. */
  readonly nameOf: (content: Uint8Array) => string
}

/** The rows of an open store. One batch is made and committed at a time. */
export class PackedRows {
  readonly #cipher: RowCipher
  readonly #packs: boolean
  readonly #nameOf: (content: Uint8Array) => string
  /** Of rows by themselves, until they were asked for. */
  #singleContents: Uint8Array[] = []
  readonly #singleNames = new Set<string>()
  readonly #pagedByName = new Map<string, { readonly content: Uint8Array; readonly order: number }>()
  readonly #pageById = new Map<string, StoredPage>()

  constructor({ cipher, packs, nameOf }: PackedRowsOptions) {
    this.#cipher = cipher
    this.#packs = packs
    this.#nameOf = nameOf
  }

  /**
   * Takes in a row of the store, in any order; returns whether it could be opened.
   *
   * @throws what `nameOf` throws
   */
  async load(row: Row): Promise<boolean> {
    const content = this.#cipher.open(row)
    if (!content) return false
    if (kindOf(row) === 'row') {
      this.#singleContents.push(content)
      this.#singleNames.add(this.#nameOf(content))
      return true
    }
    const page = await readPage(row, content)
    if (page) this.#loadPage(row.id, page)
    return page !== undefined
  }

  /** The newest content of every row, as the store was opened. */
  contents(): Uint8Array[] {
    const contents = this.#singleContents
    this.#singleContents = []
    for (const [name, { content }] of this.#pagedByName)
      if (!this.#singleNames.has(name)) contents.push(content)
    return contents
  }

  /** What writes these rows. */
  async batchOf(rows: readonly ClearRow[]): Promise<PackedBatch> {
    const single = rows.filter(({ content }) => !this.#packs || content.length > SMALL_BYTES)
    const small = rows.filter(({ content }) => this.#packs && content.length <= SMALL_BYTES)
    const merged = small.length > 0 ? this.#mergedPages(small.length) : []
    const order = 1 + [...this.#pageById.values()].reduce((highest, page) => Math.max(highest, page.order), 0)
    const contentByName = new Map(this.#newestIn(merged))
    for (const { name, content } of small) contentByName.set(name, content)
    const pages: { readonly row: Row; readonly page: Page }[] = []
    for (const contents of dealt(contentByName.values())) {
      const page = { order, contents }
      pages.push({ row: this.#cipher.sealPage(await encodePage(page)), page })
    }
    // By itself a row would be newer than in any page.
    const packed = small.filter(({ name }) => this.#singleNames.has(name))
    return {
      batch: {
        put: [
          ...pages.map(({ row }) => row),
          ...single.map(({ name, content }) => this.#cipher.seal(this.#cipher.idOf(name), content)),
        ],
        remove: [...packed.map(({ name }) => this.#cipher.idOf(name)), ...merged.map(([pageId]) => pageId)],
      },
      committed: () => {
        for (const { name } of packed) this.#singleNames.delete(name)
        for (const [pageId] of merged) this.#pageById.delete(pageId)
        // Without pages nothing is looked up again.
        if (this.#packs) for (const { name } of single) this.#singleNames.add(name)
        for (const { row, page } of pages) this.#loadPage(row.id, page)
      },
    }
  }

  /** The pages to write anew with the next batch: none as a rule, else the small ones, or all of which half is worn out. */
  #mergedPages(coming: number): [string, StoredPage][] {
    const pages = [...this.#pageById]
    const held = pages.reduce((sum, [, { entries }]) => sum + entries, coming)
    if (held > 2 * (this.#pagedByName.size + coming) + MERGE_AT.pages) return pages
    const small = pages.filter(([, { bytes }]) => bytes < PAGE_BYTES / 2)
    const bytes = small.reduce((sum, [, page]) => sum + page.bytes, 0)
    return small.length >= MERGE_AT.pages || bytes >= MERGE_AT.bytes ? small : []
  }

  /** What these pages hold that no newer one does. */
  #newestIn(pages: readonly [string, StoredPage][]): [name: string, content: Uint8Array][] {
    if (pages.length === 0) return []
    const orders = new Set(pages.map(([, { order }]) => order))
    return [...this.#pagedByName].flatMap(([name, { content, order }]) =>
      orders.has(order) ? [[name, content]] : [],
    )
  }

  #loadPage(pageId: string, { order, contents }: Page): void {
    let bytes = 0
    for (const content of contents) {
      bytes += content.length
      const name = this.#nameOf(content)
      const before = this.#pagedByName.get(name)
      if (!before || before.order < order) this.#pagedByName.set(name, { content, order })
    }
    this.#pageById.set(pageId, { order, entries: contents.length, bytes })
  }
}

/** The page in a row that was opened. */
async function readPage(row: Row, bytes: Uint8Array): Promise<Page | undefined> {
  try {
    return kindOf(row) === 'page' ? decodeFirstForm(bytes) : await decodePage(bytes)
  } catch {
    return undefined
  }
}

/** Contents in as few groups as there are pages to hold them. */
function dealt(contents: Iterable<Uint8Array>): Uint8Array[][] {
  const groups: Uint8Array[][] = []
  let sizeBytes = PAGE_BYTES
  for (const content of contents) {
    if (sizeBytes >= PAGE_BYTES) {
      groups.push([])
      sizeBytes = 0
    }
    groups.at(-1)?.push(content)
    sizeBytes += content.length
  }
  return groups
}
