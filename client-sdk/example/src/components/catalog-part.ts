// A part of a page that needs a public catalog: what stands there until one is here.
import type { Client } from '@workforce-democracy/client'
import type { Child } from '../dom.ts'
import { t } from '../language.ts'
import { live, type Subscribe } from '../live.ts'
import type { PageContext } from '../page.ts'
import { emptyState, skeleton } from './blocks.ts'
import { button } from './button.ts'

type ResourceCatalog = NonNullable<Client['catalogs']['resources']>
type CivicCatalog = NonNullable<Client['catalogs']['civic']>
/** A learning resource. */
export type Resource = ResourceCatalog['resources'][number]
/** A bill. */
export type Bill = CivicCatalog['bills'][number]
/** A member of a legislature. */
export type Member = CivicCatalog['representatives'][number]
/** A roll call. */
export type RollCall = CivicCatalog['rollCalls'][number]

/** A part that `render` draws with the library, now and after each change of it or of `on`. */
export function withResources(
  context: PageContext,
  on: readonly Subscribe[],
  render: (catalog: ResourceCatalog) => Child,
): HTMLElement {
  return part(context, on, ({ resources }) => resources && [render(resources)])
}

/** The same with bills, members and roll calls. */
export function withCivic(
  context: PageContext,
  on: readonly Subscribe[],
  render: (catalog: CivicCatalog) => Child,
): HTMLElement {
  return part(context, on, ({ civic }) => civic && [render(civic)])
}

function part(
  { client, catalog, signal }: PageContext,
  on: readonly Subscribe[],
  /** Nothing while the catalog is not here; a part may well have nothing to show. */
  render: (catalogs: Client['catalogs']) => Child[] | undefined,
): HTMLElement {
  return live({ signal, on: [catalog.subscribe, ...on] }, () => {
    const rendered = render(client.catalogs)
    if (rendered !== undefined) return rendered
    if (catalog.state === 'loading') return skeleton(8)
    return emptyState(
      t.start.noCatalog,
      t.start.noCatalogText,
      button(t.start.tryNow, { kind: 'primary', onPress: () => catalog.refresh() }),
    )
  })
}
