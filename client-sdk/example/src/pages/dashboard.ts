// Home: what to learn next, and where the person stands.
import type { Achievement, Client, OwnDashboard, Recommendation } from '@workforce-democracy/client'
import { card, chip, emptyState, figures, list, pageHead, section, skeleton } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { withResources } from '../components/catalog-part.ts'
import { chartFrame } from '../components/chart-frame.ts'
import { resourceFacts, resourceHref, resourceItem } from '../components/resource-item.ts'
import { type Child, fill, h } from '../dom.ts'
import { errorText } from '../error-text.ts'
import {
  compareText,
  formatDate,
  formatDayShort,
  formatNumber,
  formatSeconds,
  topicLabel,
} from '../format.ts'
import { t } from '../language.ts'
import type { Page, PageContext } from '../page.ts'
import { reasonText } from '../reason-text.ts'
import { pathCard } from './paths.ts'
import { dismissResource, dismissTopic } from './resource.ts'

const CONTINUED = 3
const RECOMMENDED = 6
const DAYS = 14
const TOPICS = 6
const DAY_MS = 86_400_000

export const dashboardPage: Page = context => {
  const { client } = context
  const { progress, votes, profile, bookmarks, privacy } = client
  const isNew = progress.stats().viewed === 0 && votes.list().length === 0
  return {
    title: t.shell.dashboard,
    content: [
      pageHead(isNew ? t.dashboard.titleFirst : t.dashboard.title, t.dashboard.lead),
      withResources(context, [profile.subscribe], ({ resources }) =>
        interests(client, [...new Set(resources.flatMap(({ topics }) => topics))]),
      ),
      withResources(
        context,
        [progress.subscribe, votes.subscribe, profile.subscribe, bookmarks.subscribe, privacy.subscribe],
        () => ownDashboard(client),
      ),
      withResources(context, [progress.subscribe], () => charts(context)),
    ],
  }
}

function interests(client: Client, topics: readonly string[]): Child {
  const { profile } = client
  const chosen = new Set(profile.interests())
  const choose = (topic: string, isChosen: boolean) => {
    isOpen = true
    void (isChosen ? profile.removeInterest(topic) : profile.addInterest(topic))
  }
  const choices = h(
    'div',
    { class: 'chips' },
    topics
      .toSorted((a, b) => compareText(topicLabel(a), topicLabel(b)))
      .map(topic => {
        const isChosen = chosen.has(topic)
        return h(
          'button',
          {
            ...{
              class: 'chip chip-toggle',
              type: 'button',
              'aria-pressed': String(isChosen),
              'data-key': `topic-${topic}`,
            },
            on: { click: () => choose(topic, isChosen) },
          },
          topicLabel(topic),
        )
      }),
  )
  if (chosen.size === 0)
    return h(
      'section',
      { class: 'card' },
      h('h2', {}, t.dashboard.interests),
      h('p', { class: 'soft' }, t.dashboard.interestsText),
      choices,
    )
  const summary = h('summary', {}, t.dashboard.interestsMore)
  return h(
    'details',
    {
      open: isOpen,
      on: {
        toggle: event => {
          isOpen = (event.target as HTMLDetailsElement).open
        },
      },
    },
    summary,
    choices,
  )
}

/** Whether the interests stay in sight while they are chosen. */
let isOpen = false

/** It takes a moment: what was there stays until the new one is here. */
function ownDashboard(client: Client): Child {
  const element = h('div', { class: 'stack stack-wide' }, last ?? skeleton(9))
  const show = (shown: HTMLElement) => {
    last = shown
    fill(element, shown)
  }
  void client.dashboard().then(
    dashboard =>
      show(
        h(
          'div',
          { class: 'stack stack-wide' },
          section(t.dashboard.next, recommended(client, dashboard)),
          continued(client, dashboard),
          pathsBegun(client),
          standing(client, dashboard),
        ),
      ),
    error => show(section(t.dashboard.next, emptyState(t.start.noCatalog, errorText(error)))),
  )
  return element
}

let last: HTMLElement | undefined

function recommended(client: Client, { recommendations, rankedBy }: OwnDashboard): Child {
  if (rankedBy === undefined)
    return emptyState(t.dashboard.off, t.dashboard.offText, buttonLink(t.dashboard.toPrivacy, '/me/privacy'))
  if (recommendations.length === 0) return emptyState(t.dashboard.noneLeft, t.dashboard.noneLeftText)
  return [
    h(
      'ul',
      { class: 'columns', role: 'list' },
      recommendations
        .slice(0, RECOMMENDED)
        .map(item => h('li', { class: 'card' }, recommendation(client, item))),
    ),
    h('p', { class: 'small soft' }, t.dashboard.ranked[rankedBy]),
  ]
}

function recommendation(client: Client, { resource, reason }: Recommendation): Child {
  const [topic] = resource.topics
  return [
    h('p', { class: 'small reason' }, reasonText(reason)),
    h('h3', {}, h('a', { href: resourceHref(resource.id) }, resource.title)),
    resource.description && h('p', { class: 'soft clamp' }, resource.description),
    resourceFacts(resource),
    h(
      'div',
      { class: 'row card-foot' },
      button(t.learn.notInterested, {
        ...{ kind: 'quiet', label: `${t.learn.notInterested}: ${resource.title}` },
        onPress: () => dismissResource(client, resource.id),
      }),
      topic !== undefined &&
        button(t.learn.lessOf(topicLabel(topic)), {
          kind: 'quiet',
          onPress: () => dismissTopic(client, topic),
        }),
    ),
  ]
}

function continued(client: Client, { continueLearning }: OwnDashboard): Child {
  const begun = continueLearning.slice(0, CONTINUED)
  return (
    begun.length > 0 &&
    section(t.dashboard.continueTitle, list(begun.map(({ resource }) => resourceItem(client, resource))))
  )
}

function pathsBegun({ paths }: Client): Child {
  const begun = paths.list().filter(({ progress }) => progress.percent > 0 && !progress.done)
  if (begun.length === 0) return undefined
  return section(t.paths.begun, list(begun.map(pathCard)))
}

function standing(client: Client, { user, achievements }: OwnDashboard): Child {
  const voted = client.votes.list().length
  if (user.secondsSpent + user.resourcesCompleted + voted === 0) return undefined
  const votes = formatNumber(voted)
  return section(
    t.dashboard.figures,
    card(
      figures([
        [t.dashboard.completed, formatNumber(user.resourcesCompleted)],
        [t.dashboard.time, formatSeconds(user.secondsSpent)],
        [t.dashboard.streak(formatNumber(user.streakDays)), formatNumber(user.streakDays)],
        [t.dashboard.votes(votes), votes],
      ]),
      achieved(achievements),
    ),
  )
}

function achieved(achievements: readonly Achievement[]): Child {
  return h(
    'div',
    { class: 'stack stack-tight' },
    h('h3', {}, t.dashboard.achievements),
    achievements.length === 0 && h('p', { class: 'soft' }, t.dashboard.noAchievements),
    h(
      'ul',
      { class: 'achievements', role: 'list' },
      achievements.map(({ id, title, earnedAt }) =>
        h(
          'li',
          {},
          chip(t.dashboard.achievementNames[id] ?? title, { accent: true, icon: 'star' }),
          h('span', { class: 'small soft' }, formatDate(dayOf(earnedAt))),
        ),
      ),
    ),
  )
}

/** What was achieved by a day as a whole is told as that day, wherever the person is. */
const dayOf = (earnedAt: string): string =>
  earnedAt.endsWith('T00:00:00.000Z') ? earnedAt.slice(0, 10) : earnedAt

function charts({ client, signal }: PageContext): Child {
  const topics = topicCounts(client)
  const days = minutesByDay(client)
  const spent = days.filter(({ minutes }) => minutes > 0)
  if (topics.length === 0) return undefined
  const total = spent.reduce((sum, { minutes }) => sum + minutes, 0)
  return h(
    'div',
    { class: 'split split-even' },
    chartFrame(
      {
        title: t.dashboard.topicsChart,
        summary: topicsSummary(topics),
        labels: topics.map(([topic]) => topicLabel(topic)),
        values: topics.map(([, count]) => count),
        ...{ format: formatNumber, horizontal: true, unit: t.dashboard.resourcesUnit },
      },
      signal,
    ),
    chartFrame(
      {
        title: t.dashboard.activityChart,
        summary: t.dashboard.activitySummary(formatSeconds(total * 60), formatNumber(spent.length)),
        labels: days.map(({ date }) => formatDayShort(date)),
        values: days.map(({ minutes }) => minutes),
        ...{ format: formatNumber, unit: t.dashboard.minutesUnit },
      },
      signal,
    ),
  )
}

/** Which topic leads; where none does, that. */
function topicsSummary([first, ...others]: readonly (readonly [topic: string, count: number])[]): string {
  if (!first) return ''
  const [topic, count] = first
  return others.some(([, other]) => other === count)
    ? t.dashboard.topicsEven(t.dashboard.resources(formatNumber(count)))
    : t.dashboard.topicsSummary(topicLabel(topic), t.dashboard.resources(formatNumber(count)))
}

function topicCounts(client: Client): [topic: string, count: number][] {
  const byId = new Map(client.catalogs.resources?.resources.map(resource => [resource.id, resource]))
  const counts = new Map<string, number>()
  for (const { resourceId } of client.progress.history())
    for (const topic of byId.get(resourceId)?.topics ?? []) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return [...counts].sort(([a, x], [b, y]) => y - x || compareText(a, b)).slice(0, TOPICS)
}

function minutesByDay(client: Client): { readonly date: string; readonly minutes: number }[] {
  const { days } = client.progress.stats()
  const secondsByDate = new Map(days.map(({ date, seconds }) => [date, seconds]))
  const here = new Date()
  const today = Date.UTC(here.getFullYear(), here.getMonth(), here.getDate())
  return Array.from({ length: DAYS }, (_, index) => {
    const date = new Date(today - (DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10)
    return { date, minutes: Math.round((secondsByDate.get(date) ?? 0) / 60) }
  })
}
