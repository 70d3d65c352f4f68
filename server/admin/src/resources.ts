// Learning resources: created, changed, taken out of the library and put back.
import {
  type AdminResource,
  LEVELS,
  RESOURCE_TYPES,
  type ResourceInput,
  TOPICS,
} from '@workforce-democracy/shared'
import {
  chip,
  emptyState,
  formCard,
  meta,
  pageHead,
} from '../../../client-sdk/example/src/components/blocks.ts'
import { button, buttonLink } from '../../../client-sdk/example/src/components/button.ts'
import {
  checkField,
  selectField,
  textArea,
  textField,
} from '../../../client-sdk/example/src/components/field.ts'
import { form } from '../../../client-sdk/example/src/components/form.ts'
import { toast } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, h } from '../../../client-sdk/example/src/dom.ts'
import { topicLabel } from '../../../client-sdk/example/src/format.ts'
import { t } from '../../../client-sdk/example/src/language.ts'
import { words } from './language.ts'
import { type AdminContext, naming, numberOrNull, orNull, pagedList } from './view.ts'

/** `/admin/resources` */
export function resourcesPage({ api, query, go }: AdminContext): Child {
  const status = query.get('status') ?? 'active'
  const shown = selectField({
    ...{ label: words.resources.show, value: status },
    options: [
      ['active', words.resources.active],
      ['archived', words.resources.archived],
    ],
    control: { on: { change: () => go(`/admin/resources?status=${shown.control.value}`) } },
  })
  return [
    pageHead(words.resources.title, words.resources.lead),
    h(
      'div',
      { class: 'row row-between row-end' },
      shown.element,
      buttonLink(words.resources.fresh, '/admin/resources/new', { kind: 'primary' }),
    ),
    h('h2', { class: 'visually-hidden' }, words.resources.list),
    pagedList(
      cursor => api.resources({ status, ...(cursor && { cursor }) }),
      ({ resource, origin }) => [
        h('h3', {}, h('a', { href: `/admin/resources/${resource.id}?status=${status}` }, resource.title)),
        meta(
          t.learn.kinds[resource.type],
          resource.author ?? resource.sourceOrganization,
          words.resources.origins[origin] ?? words.resources.from(origin),
        ),
        h(
          'div',
          { class: 'chips' },
          resource.topics.map(topic => chip(topicLabel(topic))),
        ),
      ],
      emptyState(
        words.resources.nothing,
        status === 'archived' ? words.resources.nothingArchived : words.resources.empty,
      ),
    ),
  ]
}

/** `/admin/resources/new` */
export const newResourcePage = (context: AdminContext): Child => [
  pageHead(words.resources.fresh, undefined, h('a', { href: '/admin/resources' }, words.resources.title)),
  resourceForm(context, undefined),
]

/** `/admin/resources/<id>` */
export async function editResourcePage(context: AdminContext): Promise<Child> {
  const { api, parts, query, go } = context
  const found = await findResource(api, parts[1] ?? '', query.get('status') ?? 'active')
  if (!found)
    return emptyState(
      words.resources.unknown,
      words.resources.unknownText,
      buttonLink(words.resources.title, '/admin/resources'),
    )
  const isArchived = found.status === 'archived'
  const turn = async () => {
    await api.changeResource(found.resource.id, {
      ...inputOf(found),
      status: isArchived ? 'active' : 'archived',
    })
    toast(isArchived ? words.resources.restored : words.resources.wasArchived)
    go('/admin/resources')
  }
  return [
    pageHead(found.resource.title, undefined, h('a', { href: '/admin/resources' }, words.resources.title)),
    resourceForm(context, found),
    h(
      'div',
      { class: 'row' },
      button(isArchived ? words.resources.restore : words.resources.archive, {
        kind: isArchived ? 'secondary' : 'danger',
        onPress: turn,
      }),
    ),
  ]
}

async function findResource(
  api: AdminContext['api'],
  id: string,
  status: string,
): Promise<AdminResource | undefined> {
  for (let cursor: string | undefined; ; ) {
    const page = await api.resources({ status, ...(cursor && { cursor }) })
    const found = page.items.find(({ resource }) => resource.id === id)
    if (found || page.nextCursor === null) return found
    cursor = page.nextCursor
  }
}

function inputOf({ resource }: AdminResource): ResourceInput {
  const { id: _, ratingMean: _mean, ratingCount: _ratings, viewCount: _views, ...input } = resource
  return { ...input, topics: [...input.topics], aliases: [...input.aliases] }
}

function resourceForm({ api, go }: AdminContext, found: AdminResource | undefined): HTMLElement {
  const before = found && inputOf(found)
  const text = (
    label: string,
    value: string | null | undefined,
    control: Record<string, string | number> = {},
  ) => textField({ label, control: { value: value ?? '', ...control } })
  const title = text(words.common.title, before?.title, { maxlength: 500 })
  const description = textArea({
    label: words.common.description,
    value: before?.description ?? '',
    control: { maxlength: 5000 },
  })
  const type = selectField({
    ...{ label: words.resources.kind, value: before?.type ?? 'articles' },
    options: RESOURCE_TYPES.map(each => [each, t.learn.types[each] ?? each] as const),
  })
  const difficulty = selectField({
    ...{ label: words.common.level, value: before?.difficulty ?? '' },
    options: [
      ['', words.common.notStated],
      ...LEVELS.map(each => [each, t.learn.levels[each] ?? each] as const),
    ],
  })
  const contentUrl = text(words.resources.address, before?.contentUrl, { type: 'url' })
  const minutes = text(words.common.minutes, before?.durationMinutes?.toString(), { type: 'number', min: 1 })
  const author = text(words.resources.author, before?.author)
  const organization = text(words.resources.organization, before?.sourceOrganization)
  const publishedOn = text(words.resources.publishedOn, before?.publishedOn, { type: 'date' })
  const topics = new Set(before?.topics)
  let isVerified = before?.verified ?? false
  const save = async () => {
    const input: ResourceInput = {
      ...{ type: type.control.value as ResourceInput['type'], title: title.control.value.trim() },
      ...{ description: orNull(description.control.value), contentUrl: orNull(contentUrl.control.value) },
      ...{ thumbnailUrl: before?.thumbnailUrl ?? null, durationMinutes: numberOrNull(minutes.control.value) },
      difficulty: (difficulty.control.value || null) as ResourceInput['difficulty'],
      ...{ topics: [...topics], author: orNull(author.control.value) },
      ...{
        sourceOrganization: orNull(organization.control.value),
        publishedOn: orNull(publishedOn.control.value),
      },
      ...{ aliases: before?.aliases ?? [], verified: isVerified },
    }
    const sent = found ? api.changeResource(found.resource.id, input) : api.createResource(input)
    if (!(await naming(sent, message => title.fail(message)))) return
    toast(words.common.saved)
    go('/admin/resources')
  }
  return formCard(
    form(
      { submit: words.common.save, onSubmit: save },
      title.element,
      description.element,
      h(
        'div',
        { class: 'columns' },
        [contentUrl, type, difficulty, minutes, author, organization, publishedOn].map(
          ({ element }) => element,
        ),
      ),
      h(
        'details',
        {},
        h('summary', {}, words.resources.topics),
        h(
          'div',
          { class: 'columns' },
          TOPICS.map(topic =>
            checkField(topicLabel(topic), {
              checked: topics.has(topic),
              onChange: isChosen => void (isChosen ? topics.add(topic) : topics.delete(topic)),
            }),
          ),
        ),
      ),
      checkField(words.resources.checked, {
        checked: isVerified,
        onChange: checked => {
          isVerified = checked
        },
      }),
    ),
  )
}
