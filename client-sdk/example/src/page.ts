// What a page is.
import type { BrowserClient } from '@workforce-democracy/client/browser'
import type { CatalogUpkeep } from './catalog-upkeep.ts'
import type { Child } from './dom.ts'

/** What a page is made with. */
export interface PageContext {
  readonly client: BrowserClient
  readonly catalog: CatalogUpkeep
  /** Parts of the path that its pattern names. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Aborted when the page is left. */
  readonly signal: AbortSignal
  /** Goes to another page of this site. */
  go(path: string): void
  /** Keeps what the person has chosen on this page in its address. */
  keepQuery(query: Readonly<Record<string, string>>): void
}

/** A page as it is shown. */
export interface PageView {
  /** Of the window. */
  readonly title: string
  readonly content: Child
}

/** Makes a page. */
export type Page = (context: PageContext) => PageView
