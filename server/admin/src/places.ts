// Places that people have submitted: approved, rejected with a reason, or edited.
import { LOCAL_TYPES, type LocalChange, type LocalSubmission } from '@workforce-democracy/shared'
import {
  chip,
  emptyState,
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
import { toast } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, h } from '../../../client-sdk/example/src/dom.ts'
import { t } from '../../../client-sdk/example/src/language.ts'
import { type AdminContext, naming, orNull, pagedList } from './view.ts'

/** `/admin/places` */
export function placesPage({ api, query, go }: AdminContext): Child {
  const status = query.get('status') ?? 'pending'
  const shown = selectField({
    ...{ label: 'Show', value: status },
    options: [
      ['pending', 'Waiting'],
      ['approved', 'Shown to everybody'],
      ['rejected', 'Rejected'],
    ],
    control: { on: { change: () => go(`/admin/places?status=${shown.control.value}`) } },
  })
  return [
    pageHead(
      'Places',
      'What people submit is shown once it is approved here. Who has sent it is told to nobody.',
    ),
    h('div', { class: 'row' }, shown.element),
    h('h2', { class: 'visually-hidden' }, 'List of places'),
    pagedList(
      cursor => api.places({ status, ...(cursor && { cursor }) }),
      submission => placeItem(submission, status),
      emptyState(
        'Nothing here',
        status === 'pending' ? 'Nothing is waiting to be looked at.' : 'There is none.',
      ),
    ),
  ]
}

function placeItem({ resource, reason }: LocalSubmission, status: string): Child {
  const { address, city, state, zipCode, country } = resource
  return [
    h('h3', {}, h('a', { href: `/admin/places/${resource.id}?status=${status}` }, resource.name)),
    resource.description && h('p', { class: 'clamp' }, resource.description),
    meta(t.local.types[resource.type], address, city, state, zipCode, country?.toUpperCase()),
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
      'There is no such place',
      'Somebody else may have decided on it.',
      buttonLink('Places', '/admin/places'),
    )
  const { resource } = found
  const decide = async (change: LocalChange, words: string) => {
    await api.changePlace(resource.id, change)
    toast(words)
    go('/admin/places')
  }
  const reject = async () => {
    const reason = await askForReason()
    if (reason) await decide({ status: 'rejected', reason }, 'It is rejected.')
  }
  return [
    pageHead(resource.name, undefined, h('a', { href: '/admin/places' }, 'Places')),
    found.reason !== null && notice('info', h('p', {}, t.local.reason(found.reason))),
    h(
      'div',
      { class: 'row' },
      found.status !== 'approved' &&
        button('Approve', {
          ...{ kind: 'primary', onPress: () => decide({ status: 'approved' }, 'Everybody can find it now.') },
        }),
      found.status !== 'rejected' && button('Reject', { kind: 'danger', onPress: reject }),
    ),
    placeForm(context, found),
  ]
}

/** Who submitted it gets to read it. */
function askForReason(): Promise<string | undefined> {
  return openDialog<string>({
    title: 'Why is it rejected?',
    body(close) {
      const reason = textArea({
        ...{ label: 'Reason', hint: 'Whoever submitted it reads this.', control: { maxlength: 1000 } },
      })
      const send = async () => {
        const text = orNull(reason.control.value)
        if (text) close(text)
        else reason.fail('Say why.')
      }
      return form({ submit: 'Reject', kind: 'danger', onSubmit: send }, reason.element)
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
    address: text('Street and number', resource.address, 500),
    city: text('City', resource.city, 100),
    state: text('State or region', resource.state, 100),
    zipCode: text('Postcode', resource.zipCode, 20),
    country: text('Country (two letters)', resource.country, 2),
    website: text('Website', resource.website, 2000),
    phone: text('Phone', resource.phone, 50),
    email: text('Email', resource.email, 255),
  }
  const name = text('Name', resource.name, 255)
  const description = textArea({
    ...{ label: 'Description', value: resource.description ?? '', control: { maxlength: 5000 } },
  })
  const type = selectField({
    ...{ label: 'Kind', value: resource.type },
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
    toast('Saved.')
    go('/admin/places')
  }
  return h(
    'div',
    { class: 'card' },
    form(
      { submit: 'Save', onSubmit: save },
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
        check('Checked: somebody has looked at it', 'verified'),
      ),
    ),
  )
}
