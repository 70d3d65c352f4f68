// Learning: the library, what is kept and was opened, and the page of a resource.
import type { Note } from '@workforce-democracy/client'
import { billHref } from '../components/bill-item.ts'
import { emptyState, list, meta, pageHead, section, underHead } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { type Resource, withResources } from '../components/catalog-part.ts'
import { type FilterValues, filterBar } from '../components/filter-bar.ts'
import { longList } from '../components/long-list.ts'
import { resourceHref, resourceItem } from '../components/resource-item.ts'
import { type Child, h } from '../dom.ts'
import { compareText, createSearch, formatAgo, formatNumber, topicLabel } from '../format.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'
import { learnTabs } from './learn-tabs.ts'
import { topicOptions } from './topic-options.ts'

export { pathPage, pathsPage } from './paths.ts'
export { resourcePage } from './resource.ts'

const TYPES = ['videos', 'articles', 'studies', 'interactive']
const LEVELS = ['beginner', 'intermediate', 'advanced']
const SORTS = ['title', 'newest', 'rating', 'popularity'] as const

export const learnPage: Page = context => {
  const { client } = context
  const topics = () => topicOptions(client.catalogs.resources?.resources ?? [])
  const options = (values: readonly string[], labels: Readonly<Record<string, string>>) =>
    values.map(value => [value, labels[value] ?? value] as const)
  const bar = filterBar(context, t.learn.searchHint, [
    { name: 'type', label: t.learn.type, options: options(TYPES, t.learn.types) },
    { name: 'topic', label: t.learn.topic, options: topics },
    { name: 'level', label: t.learn.level, options: options(LEVELS, t.learn.levels) },
    { name: 'sort', label: t.common.sort, options: options(SORTS, t.learn.sorts), initial: 'title' },
  ])
  const own = [client.progress.subscribe, client.bookmarks.subscribe]
  return {
    title: t.learn.title,
    content: [
      pageHead(t.learn.title, t.learn.lead),
      learnTabs(),
      bar.element,
      withResources(context, [bar.subscribe, ...own], ({ resources }) => {
        const found = resources.filter(fits(bar.values)).sort(orderOf(bar.values.sort))
        if (found.length === 0)
          return emptyState(
            t.learn.nothing,
            t.learn.nothingText,
            button(t.learn.clear, { onPress: bar.clear }),
          )
        return [
          h('p', { class: 'small soft', role: 'status' }, t.common.results(formatNumber(found.length))),
          underHead(
            t.learn.tabs.all,
            longList(found, resource => resourceItem(client, resource), t.learn.title),
          ),
        ]
      }),
    ],
  }
}

export const savedPage: Page = context => {
  const { client } = context
  const own = [client.progress.subscribe, client.bookmarks.subscribe, client.notes.subscribe]
  const billName = (id: string) => client.catalogs.civic?.bills.find(bill => bill.id === id)?.name
  const browse = buttonLink(t.learn.browse, '/learn', { kind: 'primary' })
  return {
    title: t.learn.savedTitle,
    content: [
      pageHead(t.learn.savedTitle, t.learn.savedLead),
      learnTabs(),
      withResources(context, own, ({ resources }) => {
        const byId = new Map(resources.map(resource => [resource.id, resource]))
        const known = (ids: readonly string[]) => ids.flatMap(id => byId.get(id) ?? [])
        const bookmarks = known(client.bookmarks.list('resource').map(({ id }) => id))
        const history = known(client.progress.history().map(({ resourceId }) => resourceId))
        const notes = client.notes.list()
        const titleOf = ({ kind, id }: Note) =>
          (kind === 'resource' ? byId.get(id)?.title : billName(id)) ?? id
        const bills = client.bookmarks.list('bill')
        const listed = (found: readonly Resource[], label: string) =>
          longList(found, resource => resourceItem(client, resource), label)
        return h(
          'div',
          { class: 'stack stack-wide' },
          section(
            t.learn.bookmarks,
            bookmarks.length > 0
              ? listed(bookmarks, t.learn.bookmarks)
              : emptyState(t.learn.noBookmarks, t.learn.noBookmarksText, history.length > 0 && browse),
          ),
          bills.length > 0 &&
            section(
              t.learn.bookmarkedBills,
              list(
                bills.map(({ id }) => h('h3', {}, h('a', { href: billHref(id) }, billName(id) ?? id))),
                t.learn.bookmarkedBills,
              ),
            ),
          section(
            t.learn.notes,
            notes.length > 0
              ? longList(notes, note => noteItem(note, titleOf(note)), t.learn.notes)
              : emptyState(t.learn.noNotes, t.learn.noNotesText),
          ),
          section(
            t.learn.history,
            history.length > 0
              ? listed(history, t.learn.history)
              : emptyState(t.learn.noHistory, t.learn.noHistoryText, browse),
          ),
        )
      }),
    ],
  }
}

/** A note, and what it is on. */
function noteItem({ kind, id, text, editedAt }: Note, title: string): Child {
  const href = kind === 'bill' ? billHref(id) : resourceHref(id)
  return [
    h('h3', {}, h('a', { href }, title)),
    h('p', { class: 'clamp' }, text),
    meta(t.learn.noteOf(formatAgo(editedAt))),
  ]
}

const hasWords = createSearch<Resource>(({ title, description, author, sourceOrganization, topics }) =>
  [title, description, author, sourceOrganization, ...topics.map(topicLabel)].join(' '),
)

function fits({ q = '', type, topic, level }: FilterValues) {
  return (resource: Resource): boolean => {
    if (type && resource.type !== type) return false
    if (topic && !resource.topics.includes(topic)) return false
    if (level && resource.difficulty !== level) return false
    return q.trim() === '' || hasWords(resource, q.trim())
  }
}

function orderOf(sort = 'title'): (a: Resource, b: Resource) => number {
  const byTitle = (a: Resource, b: Resource) => compareText(a.title, b.title)
  const orders: Readonly<Record<string, (a: Resource, b: Resource) => number>> = {
    title: byTitle,
    newest: (a, b) => compareText(b.publishedOn ?? '', a.publishedOn ?? '') || byTitle(a, b),
    rating: (a, b) => (b.ratingMean ?? 0) - (a.ratingMean ?? 0) || byTitle(a, b),
    popularity: (a, b) => b.viewCount - a.viewCount || byTitle(a, b),
  }
  return orders[sort] ?? byTitle
}
