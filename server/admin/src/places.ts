// Places that people have submitted: approved, rejected with a reason, or edited.
import { LOCAL_TYPES, type LocalChange, type LocalSubmission } from '@workforce-democracy/shared'
import {
  chip,
  emptyState,
  formCard,
  meta,
  notice,
  pageHead,
} from '../../../client-sdk/example/src/components/blocks.ts'
import { button, buttonLink } from '../../../client-sdk/example/src/components/button.ts'
import { openDialog } from '../../../client-sdk/example/src/components/dialog.ts'
import {
  checkField,
  selectField,
  textArea,
  textField,
} from '../../../client-sdk/example/src/components/field.ts'
import { form } from '../../../client-sdk/example/src/components/form.ts'
import { addressOf } from '../../../client-sdk/example/src/components/place-parts.ts'
import { toast } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, h } from '../../../client-sdk/example/src/dom.ts'
import { formatCountry } from '../../../client-sdk/example/src/format.ts'
import { t } from '../../../client-sdk/example/src/language.ts'
import { words } from './language.ts'
import { type AdminContext, naming, orNull, pagedList } from './view.ts'

/** `/admin/places` */
export function placesPage({ api, query, go }: AdminContext): Child {
  const status = query.get('status') ?? 'pending'
  const shown = selectField({
    ...{ label: words.resources.show, value: status },
    options: [
      ['pending', words.places.statuses.pending],
      ['approved', words.places.statuses.approved],
      ['rejected', words.places.statuses.rejected],
    ],
    control: { on: { change: () => go(`/admin/places?status=${shown.control.value}`) } },
  })
  return [
    pageHead(words.places.title, words.places.lead),
    h('div', { class: 'row' }, shown.element),
    h('h2', { class: 'visually-hidden' }, words.places.list),
    pagedList(
      cursor => api.places({ status, ...(cursor && { cursor }) }),
      submission => placeItem(submission, status),
      emptyState(
        words.resources.nothing,
        status === 'pending' ? words.places.nothingWaits : words.places.none,
      ),
    ),
  ]
}

function placeItem({ resource, reason }: LocalSubmission, status: string): Child {
  const { country } = resource
  return [
    h('h3', {}, h('a', { href: `/admin/places/${resource.id}?status=${status}` }, resource.name)),
    resource.description && h('p', { class: 'clamp' }, resource.description),
    meta(t.local.types[resource.type], addressOf(resource), country && formatCountry(country)),
    h(
      'div',
      { class: 'chips' },
      resource.workerOwned && chip(t.local.workerOwned),
      resource.cooperative && chip(t.local.cooperative),
      resource.unionShop && chip(t.local.unionShop),
    ),
    reason !== null && h('p', { class: 'small' }, t.local.reason(reason)),
  ]
}

/** `/admin/places/<id>` */
export async function editPlacePage(context: AdminContext): Promise<Child> {
  const { api, parts, query, go } = context
  const status = query.get('status') ?? 'pending'
  const found = await findPlace(api, parts[1] ?? '', status)
  if (!found)
    return emptyState(
      words.places.unknown,
      words.places.unknownText,
      buttonLink(words.places.title, '/admin/places'),
    )
  const { resource } = found
  const decide = async (change: LocalChange, words: string) => {
    await api.changePlace(resource.id, change)
    toast(words)
    go('/admin/places')
  }
  const reject = async () => {
    const reason = await askForReason()
    if (reason) await decide({ status: 'rejected', reason }, words.places.rejected)
  }
  return [
    pageHead(resource.name, undefined, h('a', { href: '/admin/places' }, words.places.title)),
    found.reason !== null && notice('info', h('p', {}, t.local.reason(found.reason))),
    h(
      'div',
      { class: 'row' },
      found.status !== 'approved' &&
        button(words.places.approve, {
          ...{ kind: 'primary', onPress: () => decide({ status: 'approved' }, words.places.approved) },
        }),
      found.status !== 'rejected' && button(words.places.reject, { kind: 'danger', onPress: reject }),
    ),
    placeForm(context, found),
  ]
}

/** Who submitted it gets to read it. */
function askForReason(): Promise<string | undefined> {
  return openDialog<string>({
    title: words.places.why,
    body(close) {
      const reason = textArea({
        ...{ label: words.places.reason, hint: words.places.reasonHint, control: { maxlength: 1000 } },
      })
      const send = async () => {
        const text = orNull(reason.control.value)
        if (text) close(text)
        else reason.fail(words.places.reasonMissing)
      }
      return form({ submit: words.places.reject, kind: 'danger', onSubmit: send }, reason.element)
    },
  })
}

async function findPlace(
  api: AdminContext['api'],
  id: string,
  status: string,
): Promise<LocalSubmission | undefined> {
  for (let cursor: string | undefined; ; ) {
    const page = await api.places({ status, ...(cursor && { cursor }) })
    const found = page.items.find(({ resource }) => resource.id === id)
    if (found || page.nextCursor === null) return found
    cursor = page.nextCursor
  }
}

function placeForm({ api, go }: AdminContext, { resource }: LocalSubmission): HTMLElement {
  const text = (label: string, value: string | null, maxlength: number) =>
    textField({ label, control: { value: value ?? '', maxlength } })
  const fields = {
    address: text(t.local.address, resource.address, 500),
    city: text(t.local.city, resource.city, 100),
    state: text(t.local.state, resource.state, 100),
    zipCode: text(t.local.zip, resource.zipCode, 20),
    country: text(words.places.country, resource.country, 2),
    website: text(t.local.websiteField, resource.website, 2000),
    phone: text(t.local.phone, resource.phone, 50),
    email: text(words.places.email, resource.email, 255),
  }
  const name = text(t.local.name, resource.name, 255)
  const description = textArea({
    ...{ label: words.common.description, value: resource.description ?? '', control: { maxlength: 5000 } },
  })
  const type = selectField({
    ...{ label: words.resources.kind, value: resource.type },
    options: LOCAL_TYPES.map(each => [each, t.local.types[each] ?? each] as const),
  })
  const flags = {
    ...{ workerOwned: resource.workerOwned, cooperative: resource.cooperative },
    ...{ unionShop: resource.unionShop, verified: resource.verified },
  }
  const check = (label: string, key: keyof typeof flags) =>
    checkField(label, {
      checked: flags[key],
      onChange: checked => {
        flags[key] = checked
      },
    })
  const save = async () => {
    const values = Object.fromEntries(
      Object.entries(fields).map(([field, { control }]) => [field, orNull(control.value)]),
    )
    const change = {
      ...{ ...values, ...flags, name: name.control.value, type: type.control.value },
      description: orNull(description.control.value),
    } as LocalChange
    if (!(await naming(api.changePlace(resource.id, change), message => name.fail(message)))) return
    toast(words.common.saved)
    go('/admin/places')
  }
  return formCard(
    form(
      { submit: words.common.save, onSubmit: save },
      name.element,
      description.element,
      h(
        'div',
        { class: 'columns' },
        [type, ...Object.values(fields)].map(({ element }) => element),
      ),
      h(
        'div',
        { class: 'stack stack-tight' },
        check(t.local.workerOwned, 'workerOwned'),
        check(t.local.cooperative, 'cooperative'),
        check(t.local.unionShop, 'unionShop'),
        check(words.resources.checked, 'verified'),
      ),
    ),
  )
}
