// The page of a learning resource.
import type { Client } from '@workforce-democracy/client'
import { card, emptyState, list, meter, notice, pageHead, section, topicChips } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { type Resource, withResources } from '../components/catalog-part.ts'
import { selectField, textField } from '../components/field.ts'
import { form } from '../components/form.ts'
import { noteCard } from '../components/note-card.ts'
import { resourceFacts, resourceItem } from '../components/resource-item.ts'
import { starRating } from '../components/star-rating.ts'
import { toast } from '../components/toast.ts'
import { videoFrame } from '../components/video-frame.ts'
import { type Child, h } from '../dom.ts'
import { formatDate, formatNumber, formatPercent, formatSeconds, topicLabel } from '../format.ts'
import { t } from '../language.ts'
import { live } from '../live.ts'
import type { Page, PageContext } from '../page.ts'
import { playerOf } from '../video-player.ts'

const SIMILAR = 3

export const resourcePage: Page = context => {
  const { client, params } = context
  const id = client.catalogs.resolve(params.id ?? '')
  const title = client.catalogs.resources?.resources.find(each => each.id === id)?.title
  return {
    title: title ?? t.learn.title,
    content: withResources(context, [], ({ resources }) => {
      const resource = resources.find(each => each.id === client.catalogs.resolve(params.id ?? ''))
      if (resource) return content(context, resource, resources)
      const browse = buttonLink(t.learn.browse, '/learn', { kind: 'primary' })
      return [pageHead(t.learn.unknown), emptyState(t.learn.nothing, t.learn.unknownText, browse)]
    }),
  }
}

function content(context: PageContext, resource: Resource, resources: readonly Resource[]): Child {
  const { client, signal } = context
  const { description, topics, ratingMean, ratingCount, publishedOn } = resource
  return h(
    'article',
    { class: 'stack stack-wide' },
    pageHead(
      resource.title,
      description ?? undefined,
      h('a', { href: '/learn' }, t.learn.title),
      resourceFacts(
        resource,
        publishedOn && publishedText(publishedOn),
        ratingMean !== null && t.learn.ratedBy(formatNumber(ratingMean), formatNumber(ratingCount)),
      ),
    ),
    h(
      'div',
      { class: 'split split-aside' },
      h(
        'div',
        { class: 'stack' },
        topicChips(topics, topic => `/learn?topic=${encodeURIComponent(topic)}`),
        original(context, resource),
      ),
      live({ signal, on: [client.progress.subscribe, client.bookmarks.subscribe] }, () => [
        ownProgress(client, resource),
        wishes(client, resource),
      ]),
      noteCard(client, { kind: 'resource', id: resource.id, hint: t.learn.noteHint }),
    ),
    similar(client, resource, resources),
  )
}

/** The first of January stands for a year of which no more is known. */
const publishedText = (date: string) =>
  date.endsWith('-01-01') ? date.slice(0, 4) : formatDate(date, 'long')

function original(
  { client, signal }: PageContext,
  { id, type, title, contentUrl, thumbnailUrl }: Resource,
): Child {
  if (contentUrl === null) return h('p', { class: 'soft' }, t.learn.noOriginal)
  const words = type === 'videos' ? t.learn.watchOriginal : t.learn.openOriginal
  const link = buttonLink(words, contentUrl, { kind: 'primary', icon: 'external' })
  const opened = () => void client.progress.record(id, { seconds: 0 })
  link.addEventListener('click', opened)
  const player = playerOf(contentUrl)
  return [
    h(
      'div',
      { class: 'row' },
      link,
      thumbnailUrl !== null &&
        buttonLink(t.learn.openPicture, thumbnailUrl, { kind: 'quiet', icon: 'external' }),
    ),
    h('p', { class: 'small soft measure' }, [
      t.learn.originalText(new URL(contentUrl).host),
      type === 'videos' && !player && ` ${t.learn.notEmbedded}`,
    ]),
    player && videoFrame(player, { title, signal, onShow: opened }),
  ]
}

function ownProgress(client: Client, { id }: Resource): Child {
  const progress = client.progress.get(id)
  const percent = progress?.percent ?? 0
  const words =
    progress?.viewedAt === undefined ? t.learn.notStarted : t.learn.percentDone(formatPercent(percent))
  return card(
    h('h2', {}, t.learn.progress),
    meter(percent, t.learn.progress),
    h(
      'p',
      { class: 'soft' },
      progress?.completedAt ? t.learn.completedOn(formatDate(progress.completedAt)) : words,
      (progress?.seconds ?? 0) > 0 && ` · ${t.learn.timeSpent(formatSeconds(progress?.seconds ?? 0))}`,
    ),
    recordForm(client, id, percent),
    progress?.completedAt === undefined &&
      button(t.learn.complete, {
        ...{ icon: 'check', key: 'complete' },
        async onPress() {
          await client.progress.complete(id)
          toast(t.learn.completed)
        },
      }),
    h(
      'div',
      {},
      h('h3', {}, t.learn.rating),
      starRating({ rating: progress?.rating, onRate: rating => client.progress.rate(id, rating) }),
    ),
  )
}

function recordForm(client: Client, id: string, percent: number): Child {
  const steps = [10, 25, 50, 75, 90].filter(step => step > percent)
  const howFar = selectField({
    label: t.learn.howFar,
    value: String(percent),
    options: [percent, ...steps].map(step => [String(step), formatPercent(step)] as const),
  })
  const minutes = textField({
    label: t.learn.addTime,
    control: { type: 'number', min: 0, max: 600, step: 1, value: 0, inputmode: 'numeric' },
  })
  const record = async () => {
    const spent = Math.min(Math.max(0, Math.round(Number(minutes.control.value) || 0)), 600)
    await client.progress.record(id, { percent: Number(howFar.control.value), seconds: spent * 60 })
    toast(t.common.saved)
  }
  return h(
    'details',
    {},
    h('summary', {}, t.learn.howFar),
    form({ submit: t.learn.record, onSubmit: record }, howFar.element, minutes.element),
  )
}

function wishes(client: Client, { id, topics }: Resource): Child {
  const { bookmarks, progress } = client
  const isKept = bookmarks.has('resource', id)
  const dismissed = progress.dismissed()
  return h(
    'div',
    { class: 'stack' },
    button(isKept ? t.learn.bookmarked : t.learn.bookmark, {
      ...{ icon: 'bookmark', pressed: isKept, key: 'bookmark' },
      onPress: () => (isKept ? bookmarks.remove('resource', id) : bookmarks.add('resource', id)),
    }),
    dismissed.resources.has(id)
      ? notice(
          'info',
          t.learn.isDismissed,
          button(t.common.undo, { key: 'dismiss', onPress: () => progress.undismiss(id) }),
        )
      : h(
          'div',
          { class: 'row' },
          button(t.learn.notInterested, {
            kind: 'quiet',
            key: 'dismiss',
            onPress: () => dismissResource(client, id),
          }),
          topics
            .filter(topic => !dismissed.topics.has(topic))
            .slice(0, 2)
            .map(topic =>
              button(t.learn.lessOf(topicLabel(topic)), {
                ...{ kind: 'quiet', key: `less-${topic}` },
                onPress: () => dismissTopic(client, topic),
              }),
            ),
        ),
  )
}

/** Keeps a resource out of the recommendations, with a way back. */
export async function dismissResource({ progress }: Client, id: string): Promise<void> {
  await progress.dismiss(id)
  toast(t.learn.dismissed, { label: t.common.undo, onPress: () => void progress.undismiss(id) })
}

/** The same for a topic. */
export async function dismissTopic({ progress }: Client, topic: string): Promise<void> {
  await progress.dismissTopic(topic)
  toast(t.learn.dismissedTopic(topicLabel(topic)), {
    label: t.common.undo,
    onPress: () => void progress.undismissTopic(topic),
  })
}

function similar(client: Client, resource: Resource, resources: readonly Resource[]): Child {
  const shared = (other: Resource) => other.topics.filter(topic => resource.topics.includes(topic)).length
  const others = resources
    .filter(other => other.id !== resource.id && shared(other) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, SIMILAR)
  return others.length > 0 && section(t.learn.more, list(others.map(other => resourceItem(client, other))))
}
