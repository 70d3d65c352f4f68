// What pages are laid out with: heads, cards, lists, chips, notices, empty states, skeletons, figures, meters.
import { type Child, h } from '../dom.ts'
import { formatPercent, topicLabel } from '../format.ts'
import { type IconName, icon } from './icon.ts'

/** Names of bills can be sentences. */
const LONG_TITLE = 90

/** The head of a page: the one `h1`, which takes the focus when the page is entered, and facts about what it names. */
export function pageHead(title: Child, lead?: Child, eyebrow?: Child, facts?: Child): HTMLElement {
  return h(
    'header',
    { class: 'page-head' },
    eyebrow !== undefined && h('p', { class: 'eyebrow' }, eyebrow),
    h('h1', { tabindex: -1, class: String(title).length > LONG_TITLE ? 'long' : undefined }, title),
    lead !== undefined && h('p', { class: 'lead' }, lead),
    facts,
  )
}

/** A part of a page with a heading. */
export function section(title: Child, ...children: Child[]): HTMLElement {
  return h('section', { class: 'stack' }, h('h2', {}, title), children)
}

/** A card. */
export function card(...children: Child[]): HTMLElement {
  return h('div', { class: 'card' }, children)
}

/** A card around a form. */
export const formCard = (...children: Child[]): HTMLElement => h('div', { class: 'card card-form' }, children)

/** A list of items on one surface. */
export function list(items: readonly Child[], label?: string): HTMLUListElement {
  return h(
    'ul',
    { class: 'list', role: 'list', 'aria-label': label },
    items.map(item => h('li', { class: 'item' }, item)),
  )
}

/** A list right below the head of a page: with a heading that only screen readers need. */
export const underHead = (title: string, ...children: Child[]): Child => [
  h('h2', { class: 'visually-hidden' }, title),
  children,
]

/** Small facts in a row. */
export function meta(...facts: Child[]): HTMLElement {
  const shown = facts.filter(fact => fact !== undefined && fact !== null && fact !== false && fact !== '')
  return h(
    'div',
    { class: 'meta' },
    shown.map(fact => h('span', {}, fact)),
  )
}

/** A chip. */
export function chip(
  text: Child,
  options: { readonly accent?: boolean; readonly icon?: IconName } = {},
): HTMLElement {
  return h(
    'span',
    { class: options.accent ? 'chip chip-accent' : 'chip' },
    options.icon && icon(options.icon, 16),
    text,
  )
}

/** Topics as links to where they lead. */
export function topicChips(
  topics: readonly string[],
  hrefOf: (topic: string) => string,
): HTMLElement | undefined {
  if (topics.length === 0) return undefined
  return h(
    'div',
    { class: 'chips' },
    topics.map(topic => h('a', { class: 'chip', href: hrefOf(topic) }, topicLabel(topic))),
  )
}

/** Something to know before going on. */
export function notice(tone: 'info' | 'caution' | 'danger', ...children: Child[]): HTMLElement {
  return h(
    'div',
    { class: `notice notice-${tone}` },
    icon(tone === 'info' ? 'info' : 'alert', 22),
    h('div', { class: 'stack stack-tight' }, children),
  )
}

/** What stands where there is nothing yet: why, and what to do about it. */
export function emptyState(title: string, text: Child, action?: Child): HTMLElement {
  return h('div', { class: 'empty' }, h('p', { class: 'strong' }, title), h('p', {}, text), action)
}

/** What stands where data is on its way. */
export function skeleton(lines = 4): HTMLElement {
  return h(
    'div',
    { class: 'skeleton', 'aria-hidden': 'true' },
    Array.from({ length: lines }, () => h('span')),
  )
}

/** Figures with what they count. */
export function figures(entries: readonly (readonly [label: string, value: Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'figures' },
    entries.map(([label, value]) => h('div', { class: 'figure' }, h('dt', {}, label), h('dd', {}, value))),
  )
}

/** How far something is, 0 to 100. */
export function meter(percent: number, label: string): HTMLElement {
  const bar = h('span')
  bar.style.width = `${percent}%`
  return h(
    'div',
    {
      ...{ class: 'meter', role: 'progressbar', 'aria-label': label },
      ...{ 'aria-valuenow': Math.round(percent), 'aria-valuemin': 0, 'aria-valuemax': 100 },
      'aria-valuetext': formatPercent(percent),
    },
    bar,
  )
}

/** The same, and below it what it says. */
export const meterInWords = (percent: number, label: string, words: string): HTMLElement =>
  h('div', { class: 'meter-words' }, meter(percent, label), h('p', { class: 'small soft' }, words))

/** Links between the pages of a part. */
export function subtabs(
  label: string,
  links: readonly (readonly [href: string, text: string])[],
): HTMLElement {
  const path = location.pathname
  const nav = h(
    'nav',
    { class: 'subtabs', 'aria-label': label },
    links.map(([href, text]) => h('a', { href, 'aria-current': path === href ? 'page' : undefined }, text)),
  )
  requestAnimationFrame(() => showCurrent(nav))
  return nav
}

/** In a narrow window the link of the page that is open may be out of sight. */
export function showCurrent(nav: HTMLElement): void {
  const current = nav.querySelector<HTMLElement>('[aria-current]')
  if (current) nav.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - nav.clientWidth / 2
}
