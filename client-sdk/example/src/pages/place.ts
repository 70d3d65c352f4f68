// The page of a place near by.
import type { LocalResource } from '@workforce-democracy/client'
import { card, emptyState, meta, pageHead, skeleton } from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { addressOf, missingFile, ownership } from '../components/place-parts.ts'
import { starRating } from '../components/star-rating.ts'
import { reportError, toast } from '../components/toast.ts'
import { type Child, fill, h } from '../dom.ts'
import { formatCountry, formatNumber } from '../format.ts'
import { t } from '../language.ts'
import type { Page, PageContext } from '../page.ts'

export const placePage: Page = context => {
  const { client, params, signal } = context
  const { country = '', id = '' } = params
  const content = h('article', { class: 'stack stack-wide' }, pageHead(t.local.title), skeleton(6))
  const draw = async () => {
    const place = await client.local.get(country, id)
    if (signal.aborted) return
    if (place) document.title = `${place.name} · ${t.name}`
    fill(content, place ? wholePlace(context, place) : unknownPlace())
  }
  draw().catch(() => fill(content, pageHead(t.local.title), missingFile(draw)))
  return { title: t.local.title, content }
}

const unknownPlace = (): Child => [
  pageHead(t.local.unknown),
  emptyState(
    t.local.nothing,
    t.local.unknownText,
    buttonLink(t.local.tabs.search, '/local', { kind: 'primary' }),
  ),
]

function wholePlace(context: PageContext, place: LocalResource): Child {
  const { ratingMean, ratingCount, unions, verified, website, phone, email } = place
  return [
    pageHead(
      place.name,
      place.description ?? undefined,
      h('a', { href: '/local' }, t.local.title),
      meta(t.local.types[place.type], addressOf(place), place.country && formatCountry(place.country)),
    ),
    h(
      'div',
      { class: 'split split-aside' },
      h(
        'div',
        { class: 'stack' },
        ownership(place),
        unions.length > 0 && h('p', {}, `${t.local.unions}: ${unions.join('; ')}`),
        ratingMean !== null &&
          h(
            'p',
            { class: 'small soft' },
            t.learn.ratedBy(formatNumber(ratingMean), formatNumber(ratingCount)),
          ),
        h(
          'div',
          { class: 'row' },
          website !== null && buttonLink(t.local.website, website, { kind: 'primary', icon: 'external' }),
          phone !== null &&
            h('a', { class: 'button', href: `tel:${phone.replace(/[^+\d]/g, '')}` }, t.local.call),
          email !== null && h('a', { class: 'button', href: `mailto:${email}` }, t.local.write),
        ),
        website !== null &&
          h('p', { class: 'small soft measure' }, t.local.websiteText(new URL(website).host)),
        h('p', { class: 'small soft measure' }, verified ? t.local.verified : t.local.unverified),
      ),
      ownRating(context, place),
    ),
  ]
}

function ownRating({ client, signal }: PageContext, { id }: LocalResource): HTMLElement {
  const element = card(h('h2', {}, t.local.rating))
  const stars = h('div', {})
  const draw = (rating: number | undefined) =>
    fill(
      stars,
      starRating({
        rating,
        async onRate(given) {
          await client.local.rate(id, given)
          draw(given)
          toast(t.local.rated)
        },
      }),
    )
  if (!client.account.current())
    element.append(h('p', {}, t.local.ratingNeeds), h('div', {}, buttonLink(t.local.toAccount, '/me')))
  else {
    draw(undefined)
    element.append(stars)
    client.local
      .ratings()
      .then(all => !signal.aborted && draw(all.find(({ resourceId }) => resourceId === id)?.rating))
      .catch(reportError)
  }
  element.append(h('p', { class: 'small soft' }, t.local.ratingText))
  return element
}
