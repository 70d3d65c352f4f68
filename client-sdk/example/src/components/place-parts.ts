// What pages of places have in common: how one is shown, and what can be chosen.
import type { Client, LocalResource, LocalType } from '@workforce-democracy/client'
import { type Child, h } from '../dom.ts'
import { compareText, formatCountry } from '../format.ts'
import { t } from '../language.ts'
import { chip, emptyState } from './blocks.ts'
import { button } from './button.ts'

/** Of the people whom the site serves. */
const COUNTRIES = ['us', 'gb', 'ca', 'au', 'mx', 'fr', 'de'] as const

/** Countries by their names in the person's language. */
export const countryOptions = () =>
  COUNTRIES.map(code => [code, formatCountry(code)] as const).sort(([, a], [, b]) => compareText(a, b))

/** The country of the profile, where that is one of these. */
export function ownCountry({ profile }: Client): string {
  const stated = profile.get().country?.toLowerCase()
  return COUNTRIES.find(each => each === stated) ?? 'us'
}

/** Kinds by their names. */
export const typeOptions = () =>
  (Object.entries(t.local.types) as [LocalType, string][]).sort(([, a], [, b]) => compareText(a, b))

/** Where the page of a place is. */
export const placeHref = (country: string, { id }: Pick<LocalResource, 'id'>): string =>
  `/local/places/${encodeURIComponent(country)}/${encodeURIComponent(id)}`

/** As much of an address as there is. */
export const addressOf = ({
  address,
  city,
  state,
  zipCode,
}: Pick<LocalResource, 'address' | 'city' | 'state' | 'zipCode'>): string =>
  [address, city, [state, zipCode].filter(Boolean).join(' ')].filter(Boolean).join(', ')

/** Whose it is. */
export function ownership({ workerOwned, cooperative, unionShop }: LocalResource): Child {
  const chips = [
    workerOwned && chip(t.local.workerOwned, { accent: true }),
    cooperative && chip(t.local.cooperative, { accent: true }),
    unionShop && chip(t.local.unionShop, { accent: true }),
  ].filter(each => each !== false)
  return chips.length > 0 && h('div', { class: 'chips' }, chips)
}

/** What stands where the file of a country is not here. */
export const missingFile = (again: () => Promise<void>): Child =>
  emptyState(t.local.noFile, t.local.noFileText, button(t.start.tryNow, { kind: 'primary', onPress: again }))
