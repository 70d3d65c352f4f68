// Places near by, found on this device.
import type { FoundLocalResource, LocalType } from '@workforce-democracy/client'
import { emptyState, meta, pageHead, skeleton, underHead } from '../components/blocks.ts'
import { button } from '../components/button.ts'
import { type FilterValues, filterBar } from '../components/filter-bar.ts'
import { longList } from '../components/long-list.ts'
import {
  addressOf,
  countryOptions,
  missingFile,
  ownCountry,
  ownership,
  placeHref,
  typeOptions,
} from '../components/place-parts.ts'
import { toast } from '../components/toast.ts'
import { type Child, fill, h } from '../dom.ts'
import { formatDistance, formatNumber } from '../format.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'
import { localTabs } from './local-tabs.ts'

export { ownPlacesPage, submitPlacePage } from './own-places.ts'
export { placePage } from './place.ts'

/** Beyond these nobody reads on. */
const FOUND_LIMIT = 1000
const WITHIN_KM = 100

type Place = Readonly<Record<'latitude' | 'longitude', number>>

export const localPage: Page = context => {
  const { client, signal } = context
  const bar = filterBar(
    context,
    t.local.searchHint,
    [
      { name: 'type', label: t.local.type, options: typeOptions },
      { name: 'owned', label: t.local.owned, options: Object.entries(t.local.owners) },
      { name: 'country', label: t.local.country, options: countryOptions, initial: ownCountry(client) },
    ],
    [{ name: 'where', label: t.local.where, hint: t.local.whereHint }],
  )
  let here: Place | undefined
  let asked = 0
  const results = h('div', { class: 'stack' }, skeleton(8))
  const draw = async () => {
    const own = ++asked
    const found = await client.local.search(queryOf(bar.values, here), FOUND_LIMIT).catch(() => undefined)
    if (own !== asked || signal.aborted) return
    fill(results, found ? foundPlaces(bar, found) : missingFile(draw))
  }
  const near = nearMe(place => {
    here = place
    void draw()
  })
  signal.addEventListener(
    'abort',
    bar.subscribe(() => void draw()),
  )
  void draw()
  return {
    title: t.local.title,
    content: [pageHead(t.local.title, t.local.lead), localTabs(), bar.element, near, results],
  }
}

function queryOf({ q, type, owned, country = '', where = '' }: FilterValues, here: Place | undefined) {
  const isCode = /\d/.test(where)
  return {
    country,
    ...(q?.trim() && { q: q.trim() }),
    ...(type && { type: type as LocalType }),
    ...(owned === 'worker' && { workerOwned: true }),
    ...(owned === 'cooperative' && { cooperative: true }),
    ...(owned === 'union' && { unionShop: true }),
    ...(where.trim() && (isCode ? { zip: where } : { city: where })),
    ...(here && { around: { ...here, withinKm: WITHIN_KM } }),
  }
}

function foundPlaces(
  bar: ReturnType<typeof filterBar>,
  { items, total }: { readonly items: readonly FoundLocalResource[]; readonly total: number },
): Child {
  if (items.length === 0)
    return emptyState(t.local.nothing, t.local.nothingText, button(t.learn.clear, { onPress: bar.clear }))
  const country = bar.values.country ?? ''
  return [
    h('p', { class: 'small soft', role: 'status' }, t.common.results(formatNumber(total))),
    underHead(
      t.local.results,
      longList(items, place => placeItem(place, country), t.local.results),
    ),
  ]
}

/** The browser says where it is only after a press, and only to this page. */
function nearMe(onPlace: (place: Place | undefined) => void): HTMLElement {
  let isOn = false
  const turn = async () => {
    if (!isOn) {
      const place = await position()
      if (!place) {
        toast(t.local.noPosition)
        return
      }
      onPlace(place)
    } else onPlace(undefined)
    isOn = !isOn
    toggle.setAttribute('aria-pressed', String(isOn))
  }
  const toggle = button(t.local.nearMe, { icon: 'local', pressed: false, onPress: turn })
  return h('div', { class: 'row' }, toggle, h('span', { class: 'small soft' }, t.local.nearMeText))
}

const position = (): Promise<Place | undefined> =>
  new Promise(resolve => {
    if (!('geolocation' in navigator)) resolve(undefined)
    else
      navigator.geolocation.getCurrentPosition(
        ({ coords: { latitude, longitude } }) => resolve({ latitude, longitude }),
        () => resolve(undefined),
        { timeout: 10_000, maximumAge: 600_000 },
      )
  })

function placeItem(place: FoundLocalResource, country: string): Child {
  return [
    h('h3', {}, h('a', { href: placeHref(country, place) }, place.name)),
    place.description && h('p', { class: 'clamp' }, place.description),
    meta(
      t.local.types[place.type],
      addressOf(place),
      place.distanceKm !== null && formatDistance(place.distanceKm),
    ),
    ownership(place),
  ]
}
