// The pages for those who run the site: resources, learning paths, places, imports, audit log. Never people.
import { openClient, type TabClient } from '@workforce-democracy/client/browser'
import {
  emptyState,
  pageHead,
  showCurrent,
  skeleton,
} from '../../../client-sdk/example/src/components/blocks.ts'
import { buttonLink } from '../../../client-sdk/example/src/components/button.ts'
import { reportError, toastRegion } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, fill, h } from '../../../client-sdk/example/src/dom.ts'
import { errorText } from '../../../client-sdk/example/src/error-text.ts'
import { loadLanguage, t } from '../../../client-sdk/example/src/language.ts'
import { applyTheme } from '../../../client-sdk/example/src/theme.ts'
import { createAdminApi } from './api.ts'
import { auditLogPage } from './audit-log.ts'
import { importsPage } from './imports.ts'
import { loadWords, words } from './language.ts'
import { editPathPage, newPathPage, pathsPage } from './paths.ts'
import { editPlacePage, placesPage } from './places.ts'
import { editResourcePage, newResourcePage, resourcesPage } from './resources.ts'
import type { AdminContext } from './view.ts'

type AdminPage = (context: AdminContext) => Child | Promise<Child>

/** As a function where the table of the language has it, which is loaded later. */
type Title = string | (() => string)

const titleOf = ({ title }: { readonly title: Title }): string =>
  typeof title === 'string' ? title : title()

const PAGES: Readonly<
  Record<
    string,
    { readonly title: Title; readonly page: AdminPage; readonly one?: AdminPage; readonly fresh?: AdminPage }
  >
> = {
  resources: {
    title: () => words.resources.title,
    page: resourcesPage,
    one: editResourcePage,
    fresh: newResourcePage,
  },
  paths: { title: () => words.paths.title, page: pathsPage, one: editPathPage, fresh: newPathPage },
  places: { title: () => words.places.title, page: placesPage, one: editPlacePage },
  imports: { title: () => words.imports.title, page: importsPage },
  'audit-log': { title: () => words.log.title, page: auditLogPage },
}

async function start(): Promise<void> {
  const root = document.getElementById('app')
  if (!root) throw new Error('The page lacks its root.')
  applyTheme()
  const [client] = await Promise.all([
    openClient({ server: location.origin, workerUrl: '/wd-worker.js' }),
    loadLanguage().then(loadWords),
  ])
  const main = h('main', { id: 'main', class: 'page', tabindex: -1 })
  fill(root, masthead(client), main, toastRegion())
  const api = createAdminApi(client.account)
  let visit = 0
  const show = async () => {
    const own = ++visit
    const [name = '', id] = location.pathname.replace(/^\/admin\/?/, '').split('/')
    const entry = PAGES[name] ?? PAGES.resources
    const page = id === 'new' ? entry?.fresh : id ? entry?.one : entry?.page
    mark(root, name || 'resources')
    document.title = `${entry ? titleOf(entry) : ''} · ${words.common.administration}`
    fill(main, skeleton(6))
    const context = { api, parts: [name, id ?? ''], query: new URLSearchParams(location.search), go }
    const content = await checked(client, () => page?.(context))
    if (own === visit) fill(main, content)
  }
  const go = (path: string) => {
    history.pushState(null, '', path)
    void show().then(() => main.querySelector('h1')?.focus({ preventScroll: true }), reportError)
  }
  addEventListener('popstate', () => void show().catch(reportError))
  document.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    if (link.origin !== location.origin || !/^\/admin(\/|$)/.test(link.pathname)) return
    event.preventDefault()
    go(`${link.pathname}${link.search}`)
  })
  await show()
}

/** The page, or why this account may not see it. */
async function checked(client: TabClient, make: () => Child | Promise<Child>): Promise<Child> {
  if (!client.account.current())
    return [
      pageHead(words.access.signInFirst, words.access.signInText),
      h('div', { class: 'row' }, buttonLink(words.access.signIn, '/me?signin', { kind: 'primary' })),
    ]
  try {
    // One entry says whether the account has the role.
    await createAdminApi(client.account).auditLog()
    return await make()
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'forbidden'
    return isForbidden
      ? [
          pageHead(words.access.noRole),
          emptyState(
            words.access.whoGives,
            h('span', {}, words.access.whoGivesText, h('code', {}, 'npm run admin -- grant LOGIN')),
          ),
        ]
      : [pageHead(words.access.failed, errorText(error))]
  }
}

function masthead(client: TabClient): HTMLElement {
  const user = client.account.current()
  return h(
    'header',
    { class: 'masthead' },
    h(
      'div',
      { class: 'masthead-inner' },
      h('a', { class: 'wordmark', href: '/' }, t.name),
      h(
        'nav',
        { class: 'subtabs', 'aria-label': words.common.administration },
        Object.entries(PAGES).map(([name, entry]) =>
          h('a', { href: `/admin/${name}`, 'data-name': name }, titleOf(entry)),
        ),
      ),
      h('a', { class: 'sync', href: '/me' }, user?.username ?? user?.email ?? words.access.notSignedIn),
    ),
  )
}

function mark(root: HTMLElement, name: string): void {
  for (const link of root.querySelectorAll<HTMLElement>('nav a')) {
    if (link.dataset.name === name) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  for (const nav of root.querySelectorAll('nav')) showCurrent(nav)
}

start().catch(reportError)
