// The shell around every page: who is where, the way between pages, and where the data stands.
import type { BrowserClient } from '@workforce-democracy/client/browser'
import type { CatalogUpkeep } from './catalog-upkeep.ts'
import { skeleton } from './components/blocks.ts'
import { type IconName, icon } from './components/icon.ts'
import { reportError, toastRegion } from './components/toast.ts'
import { fill, h, svg } from './dom.ts'
import { chooseLanguage, LANGUAGES, language, t } from './language.ts'
import type { PageContext } from './page.ts'
import { routeOf } from './router.ts'
import { syncState } from './sync-state.ts'
import { applyTheme } from './theme.ts'
import { isWelcomed } from './welcomed.ts'

/** What the shell is made with. */
export interface AppOptions {
  readonly root: HTMLElement
  readonly client: BrowserClient
  readonly catalog: CatalogUpkeep
}

const SKELETON_AFTER_MS = 120

/** Shows the page of the present address, and from then on whichever the person goes to. */
export function startApp({ root, client, catalog }: AppOptions): void {
  let leaving = new AbortController()
  let main = h('main')
  const go = (path: string) => {
    history.pushState(null, '', path)
    void show({ isNew: true })
  }
  const keepQuery: PageContext['keepQuery'] = query => {
    const kept = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''))
    history.replaceState(history.state, '', `${location.pathname}${kept.size > 0 ? `?${kept}` : ''}`)
  }
  const show = async ({ isNew }: { readonly isNew: boolean }) => {
    leaving.abort()
    leaving = new AbortController()
    const { signal } = leaving
    if (location.pathname === '/' && !isWelcomed(client)) history.replaceState(null, '', '/welcome')
    const { load, params } = routeOf(location.pathname)
    markTabs(root)
    const late = setTimeout(() => fill(main, skeleton(6)), SKELETON_AFTER_MS)
    try {
      const page = await load()
      if (signal.aborted) return
      const query = new URLSearchParams(location.search)
      const view = page({ client, catalog, params, query, signal, go, keepQuery })
      document.title = `${view.title} · ${t.name}`
      fill(main, view.content)
    } finally {
      clearTimeout(late)
    }
    performance.mark('page-shown')
    if (!isNew) return
    scrollTo(0, 0)
    main.querySelector('h1')?.focus({ preventScroll: true })
  }
  const draw = () => {
    main = h('main', { id: 'main', class: 'page', tabindex: -1 })
    fill(root, ...shell({ client, main, redraw: draw }))
    void show({ isNew: false }).catch(reportError)
  }
  addEventListener('popstate', () => void show({ isNew: false }).catch(reportError))
  document.addEventListener('click', event => {
    const path = pathOfClick(event)
    if (path === undefined) return
    event.preventDefault()
    go(path)
  })
  applyTheme()
  draw()
}

function shell(options: {
  readonly client: BrowserClient
  readonly main: HTMLElement
  readonly redraw: () => void
}) {
  return [
    h('a', { class: 'skip', href: '#main' }, t.shell.skip),
    h(
      'header',
      { class: 'masthead' },
      h('div', { class: 'masthead-inner' }, wordmark(), tabs(), syncState(options.client)),
    ),
    options.main,
    colophon(options.redraw),
    toastRegion(),
  ]
}

function wordmark(): HTMLElement {
  return h(
    'a',
    { class: 'wordmark', href: '/' },
    svg(
      'svg',
      { width: 28, height: 28, viewBox: '0 0 48 48', 'aria-hidden': 'true' },
      svg('rect', { width: 48, height: 48, rx: 11, fill: 'currentColor' }),
      svg('path', {
        d: 'M10 14l6.500 20L24 17l7.500 17L38 14',
        ...{ fill: 'none', stroke: 'var(--surface)', 'stroke-width': 3.2 },
        ...{ 'stroke-linecap': 'round', 'stroke-linejoin': 'round' },
      }),
    ),
    h('span', {}, t.name),
  )
}

function tabs(): HTMLElement {
  const links: readonly (readonly [string, IconName, string])[] = [
    ['/', 'home', t.shell.dashboard],
    ['/learn', 'learn', t.shell.learn],
    ['/civic', 'civic', t.shell.civic],
    ['/local', 'local', t.shell.local],
    ['/me', 'me', t.shell.me],
  ]
  return h(
    'nav',
    { class: 'tabs', 'aria-label': t.shell.main },
    links.map(([href, name, text]) => h('a', { href }, icon(name, 24), h('span', {}, text))),
  )
}

function markTabs(root: HTMLElement): void {
  const part = `/${location.pathname.split('/')[1] ?? ''}`
  for (const link of root.querySelectorAll('.tabs a')) {
    if (link.getAttribute('href') === part) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

function colophon(redraw: () => void): HTMLElement {
  const other = LANGUAGES.filter(each => each !== language())
  const change = (chosen: (typeof LANGUAGES)[number]) => () => void chooseLanguage(chosen).then(redraw)
  return h(
    'footer',
    { class: 'colophon' },
    h(
      'div',
      { class: 'colophon-inner' },
      h('p', {}, t.shell.colophon),
      h('a', { href: '/welcome' }, t.shell.about),
      other.map(each =>
        h(
          'button',
          { class: 'button button-quiet', type: 'button', lang: each, on: { click: change(each) } },
          t.languages[each],
        ),
      ),
    ),
  )
}

/** The path of a link of this site that was pressed plainly; everything else is the browser's. */
function pathOfClick(event: MouseEvent): string | undefined {
  if (event.defaultPrevented || event.button !== 0) return undefined
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin)
    return undefined
  if (/^\/(api|admin|health|metrics)(\/|$)/.test(link.pathname)) return undefined
  const isSamePage = link.pathname === location.pathname && link.search === location.search
  return isSamePage && link.hash ? undefined : `${link.pathname}${link.search}${link.hash}`
}
