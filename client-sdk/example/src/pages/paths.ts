// Learning paths: resources in an order, and how far the person has come along them.
import type { PathView } from '@workforce-democracy/client'
import {
  card,
  chip,
  emptyState,
  meta,
  meter,
  meterInWords,
  pageHead,
  section,
  underHead,
} from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { type Resource, withResources } from '../components/catalog-part.ts'
import { resourceFacts, resourceHref } from '../components/resource-item.ts'
import { type Child, h } from '../dom.ts'
import { formatNumber, formatPercent, formatSeconds } from '../format.ts'
import { t } from '../language.ts'
import type { Page, PageContext } from '../page.ts'
import { learnTabs } from './learn-tabs.ts'

/** Where the page of a path is. */
export const pathHref = (id: string): string => `/learn/paths/${encodeURIComponent(id)}`

export const pathsPage: Page = context => ({
  title: t.paths.title,
  content: [
    pageHead(t.paths.title, t.paths.lead),
    learnTabs(),
    withResources(context, [context.client.progress.subscribe], () => {
      const paths = context.client.paths.list()
      if (paths.length === 0)
        return emptyState(
          t.paths.none,
          t.paths.noneText,
          buttonLink(t.learn.browse, '/learn', { kind: 'primary' }),
        )
      return underHead(
        t.learn.tabs.paths,
        h(
          'ul',
          { class: 'columns', role: 'list' },
          paths.map(path => h('li', { class: 'card' }, pathCard(path))),
        ),
      )
    }),
  ],
})

export const pathPage: Page = context => {
  const { client, params } = context
  const id = params.id ?? ''
  return {
    title: client.paths.get(id)?.title ?? t.paths.title,
    content: withResources(context, [client.progress.subscribe], ({ resources }) => {
      const path = client.paths.get(id)
      const browse = buttonLink(t.paths.title, '/learn/paths', { kind: 'primary' })
      if (!path) return [pageHead(t.paths.unknown), emptyState(t.learn.nothing, t.learn.unknownText, browse)]
      return content(context, path, new Map(resources.map(resource => [resource.id, resource])))
    }),
  }
}

/** What a path is, and how far the person is. */
export function pathCard(path: PathView): Child {
  return [
    h('h3', {}, h('a', { href: pathHref(path.id) }, path.title)),
    path.description && h('p', { class: 'soft clamp' }, path.description),
    pathFacts(path),
    path.progress.percent > 0 && meterInWords(path.progress.percent, path.title, far(path)),
  ]
}

const pathFacts = ({ level, estimatedMinutes, steps }: PathView) =>
  meta(
    t.paths.steps(formatNumber(steps.length)),
    level && t.learn.levels[level],
    estimatedMinutes !== null && formatSeconds(estimatedMinutes * 60),
  )

const far = ({ progress }: PathView) =>
  progress.done
    ? t.paths.done
    : t.paths.far(
        formatNumber(progress.requiredCompleted),
        formatNumber(progress.requiredTotal),
        formatPercent(progress.percent),
      )

function content(context: PageContext, path: PathView, byId: ReadonlyMap<string, Resource>): Child {
  const { nextResourceId, percent } = path.progress
  const next = nextResourceId === null ? undefined : byId.get(nextResourceId)
  return h(
    'article',
    { class: 'stack stack-wide' },
    pageHead(
      path.title,
      path.description ?? undefined,
      h('a', { href: '/learn/paths' }, t.paths.title),
      pathFacts(path),
    ),
    card(
      h('h2', {}, t.learn.progress),
      meter(percent, t.learn.progress),
      h('p', { class: 'soft' }, far(path)),
      next &&
        h(
          'div',
          { class: 'row' },
          buttonLink(percent > 0 ? t.paths.goOn : t.paths.begin, resourceHref(next.id), { kind: 'primary' }),
          h('span', { class: 'soft' }, next.title),
        ),
    ),
    section(
      t.paths.stepsTitle,
      h(
        'ol',
        { class: 'list steps', role: 'list' },
        path.steps.map(({ resourceId, required }, index) =>
          h('li', { class: 'item' }, step(context, byId.get(resourceId), { index, required })),
        ),
      ),
    ),
  )
}

function step(
  { client }: PageContext,
  resource: Resource | undefined,
  { index, required }: { readonly index: number; readonly required: boolean },
): Child {
  if (!resource) return h('p', { class: 'soft' }, t.learn.unknown)
  const isDone = client.progress.get(resource.id)?.completedAt !== undefined
  return h(
    'div',
    { class: 'step', 'data-done': isDone },
    h('span', { class: 'step-number', 'aria-hidden': 'true' }, isDone ? '✓' : formatNumber(index + 1)),
    h(
      'div',
      { class: 'stack stack-tight' },
      h('h3', {}, h('a', { href: resourceHref(resource.id) }, resource.title)),
      resourceFacts(resource),
      (isDone || !required) &&
        h(
          'div',
          { class: 'chips' },
          isDone && chip(t.paths.stepDone, { accent: true, icon: 'check' }),
          !required && chip(t.paths.stepOptional),
        ),
    ),
  )
}
