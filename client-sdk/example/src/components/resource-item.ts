// A learning resource in a list.
import type { Client } from '@workforce-democracy/client'
import { type Child, h } from '../dom.ts'
import { formatNumber, formatPercent } from '../format.ts'
import { t } from '../language.ts'
import { chip, meta, meterInWords } from './blocks.ts'
import type { Resource } from './catalog-part.ts'

/** Where the page of a resource is. */
export const resourceHref = (id: string): string => `/learn/${encodeURIComponent(id)}`

/** Small facts about a resource; `more` are those that its own page has room for. */
export const resourceFacts = (resource: Resource, ...more: Child[]): HTMLElement =>
  meta(
    t.learn.kinds[resource.type],
    resource.difficulty && t.learn.levels[resource.difficulty],
    resource.durationMinutes !== null && t.learn.minutes(formatNumber(resource.durationMinutes)),
    resource.author ?? resource.sourceOrganization,
    ...more,
  )

/** The item: what it is, and how far this person is. */
export function resourceItem(client: Client, resource: Resource, beside?: Child): Child {
  const progress = client.progress.get(resource.id)
  const isBookmarked = client.bookmarks.has('resource', resource.id)
  return [
    h('h3', {}, h('a', { href: resourceHref(resource.id) }, resource.title)),
    resource.description && h('p', { class: 'clamp' }, resource.description),
    resourceFacts(resource),
    (progress?.viewedAt !== undefined || isBookmarked) &&
      h(
        'div',
        { class: 'chips' },
        progress?.completedAt !== undefined && chip(t.learn.finished, { accent: true, icon: 'check' }),
        isBookmarked && chip(t.learn.bookmarked, { accent: true, icon: 'bookmark' }),
      ),
    progress?.viewedAt !== undefined &&
      progress.completedAt === undefined &&
      meterInWords(progress.percent, t.learn.progress, t.learn.percentDone(formatPercent(progress.percent))),
    beside,
  ]
}
