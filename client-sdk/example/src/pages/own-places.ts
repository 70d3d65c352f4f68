// Places that a person adds, and what becomes of them.
import type { LocalSubmission, LocalType } from '@workforce-democracy/client'
import {
  chip,
  emptyState,
  formCard,
  list,
  meta,
  pageHead,
  skeleton,
  underHead,
} from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { checkField, selectField, textArea, textField } from '../components/field.ts'
import { form } from '../components/form.ts'
import { addressOf, countryOptions, ownCountry, placeHref, typeOptions } from '../components/place-parts.ts'
import { reportError, toast } from '../components/toast.ts'
import { type Child, fill, h } from '../dom.ts'
import { t } from '../language.ts'
import { live } from '../live.ts'
import type { Page, PageContext } from '../page.ts'
import { localTabs } from './local-tabs.ts'

export const submitPlacePage: Page = context => {
  const { client, signal } = context
  return {
    title: t.local.submitTitle,
    content: [
      pageHead(t.local.submitTitle, t.local.submitLead),
      localTabs(),
      live({ signal, on: [client.account.subscribe] }, () =>
        client.account.current() ? placeForm(context) : needsAccount(),
      ),
    ],
  }
}

const needsAccount = (): Child =>
  emptyState(
    t.local.needsAccount,
    t.local.needsAccountText,
    buttonLink(t.local.toAccount, '/me', { kind: 'primary' }),
  )

function placeForm({ client, go }: PageContext): HTMLElement {
  const text = (label: string, max: number, control: Record<string, string> = {}) =>
    textField({ label, control: { maxlength: max, ...control } })
  const name = text(t.local.name, 255)
  const type = selectField({ label: t.local.type, options: typeOptions(), value: 'food' })
  const description = textArea({ label: t.local.description, control: { maxlength: 5000 } })
  const address = text(t.local.address, 500)
  const city = text(t.local.city, 100)
  const state = text(t.local.state, 100)
  const zipCode = text(t.local.zip, 20)
  const country = selectField({
    ...{ label: t.local.country, options: countryOptions(), value: ownCountry(client) },
  })
  const website = text(t.local.websiteField, 2000, { type: 'url', placeholder: 'https://' })
  const phone = text(t.local.phone, 50, { type: 'tel' })
  const owned = { workerOwned: false, cooperative: false, unionShop: false }
  const check = (label: string, key: keyof typeof owned) =>
    checkField(label, {
      onChange: checked => {
        owned[key] = checked
      },
    })
  const textOf = ({ control }: { readonly control: { readonly value: string } }) =>
    control.value.trim() || null
  const send = async () => {
    name.fail()
    if (!textOf(name)) {
      name.fail(t.errors['invalid-input'])
      return
    }
    await client.local.submit({
      ...{ name: textOf(name) ?? '', type: type.control.value as LocalType },
      ...{ description: textOf(description), address: textOf(address), city: textOf(city) },
      ...{ state: textOf(state), zipCode: textOf(zipCode), country: country.control.value },
      ...{ website: textOf(website), phone: textOf(phone), ...owned },
    })
    toast(t.local.submitted)
    go('/local/mine')
  }
  return formCard(
    form(
      { submit: t.local.submit, onSubmit: send },
      name.element,
      h(
        'div',
        { class: 'columns' },
        [type, address, city, state, zipCode, country, website, phone].map(({ element }) => element),
      ),
      description.element,
      h(
        'div',
        { class: 'stack stack-tight' },
        check(t.local.workerOwned, 'workerOwned'),
        check(t.local.cooperative, 'cooperative'),
        check(t.local.unionShop, 'unionShop'),
      ),
    ),
  )
}

export const ownPlacesPage: Page = context => {
  const { client, signal } = context
  const results = h('div', { class: 'stack' }, skeleton(4))
  const draw = async () => {
    const all = client.account.current() ? await client.local.submissions() : undefined
    if (signal.aborted) return
    fill(results, all ? underHead(t.local.mineTitle, ownPlaces(all)) : needsAccount())
  }
  draw().catch(error => {
    fill(results)
    reportError(error)
  })
  return {
    title: t.local.mineTitle,
    content: [pageHead(t.local.mineTitle, t.local.mineLead), localTabs(), results],
  }
}

function ownPlaces(all: readonly LocalSubmission[]): Child {
  if (all.length === 0)
    return emptyState(
      t.local.none,
      t.local.noneText,
      buttonLink(t.local.tabs.submit, '/local/submit', { kind: 'primary' }),
    )
  return list(
    all.map(({ resource, status, reason }) => [
      h(
        'div',
        { class: 'row row-between' },
        h(
          'h3',
          {},
          status === 'approved'
            ? h('a', { href: placeHref(resource.country ?? 'us', resource) }, resource.name)
            : resource.name,
        ),
        chip(t.local.statuses[status], { accent: status === 'approved' }),
      ),
      meta(t.local.types[resource.type], addressOf(resource)),
      reason !== null && h('p', { class: 'small' }, t.local.reason(reason)),
    ]),
    t.local.mineTitle,
  )
}
