// The pages for those who run the site: resources, learning paths, places, imports, audit log. Never people.
import { openClient, type TabClient } from '@workforce-democracy/client/browser'
import { emptyState, pageHead, skeleton } from '../../../client-sdk/example/src/components/blocks.ts'
import { buttonLink } from '../../../client-sdk/example/src/components/button.ts'
import { reportError, toastRegion } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, fill, h } from '../../../client-sdk/example/src/dom.ts'
import { errorText } from '../../../client-sdk/example/src/error-text.ts'
import { loadLanguage } from '../../../client-sdk/example/src/language.ts'
import { applyTheme } from '../../../client-sdk/example/src/theme.ts'
import { createAdminApi } from './api.ts'
import { auditLogPage } from './audit-log.ts'
import { importsPage } from './imports.ts'
import { editPathPage, newPathPage, pathsPage } from './paths.ts'
import { editPlacePage, placesPage } from './places.ts'
import { editResourcePage, newResourcePage, resourcesPage } from './resources.ts'
import type { AdminContext } from './view.ts'

type AdminPage = (context: AdminContext) => Child | Promise<Child>

const PAGES: Readonly<
  Record<
    string,
    { readonly title: string; readonly page: AdminPage; readonly one?: AdminPage; readonly fresh?: AdminPage }
  >
> = {
  resources: { title: 'Resources', page: resourcesPage, one: editResourcePage, fresh: newResourcePage },
  paths: { title: 'Learning paths', page: pathsPage, one: editPathPage, fresh: newPathPage },
  places: { title: 'Places', page: placesPage, one: editPlacePage },
  imports: { title: 'Imports', page: importsPage },
  'audit-log': { title: 'Audit log', page: auditLogPage },
}

async function start(): Promise<void> {
  const root = document.getElementById('app')
  if (!root) throw new Error('The page lacks its root.')
  applyTheme()
  const [client] = await Promise.all([
    openClient({ server: location.origin, workerUrl: '/wd-worker.js' }),
    loadLanguage(),
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
    document.title = `${entry?.title ?? ''} · Administration`
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
      pageHead('Sign in first', 'These pages are for accounts that look after the site.'),
      h('div', { class: 'row' }, buttonLink('Sign in', '/me?signin', { kind: 'primary' })),
    ]
  try {
    // One entry says whether the account has the role.
    await createAdminApi(client.account).auditLog()
    return await make()
  } catch (error) {
    const isForbidden = error instanceof Error && 'code' in error && error.code === 'forbidden'
    return isForbidden
      ? [
          pageHead('This account does not have the role'),
          emptyState(
            'Who gives it',
            h('span', {}, 'Whoever runs the server: ', h('code', {}, 'npm run admin -- grant LOGIN')),
          ),
        ]
      : [pageHead('That did not work', errorText(error))]
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
      h('a', { class: 'wordmark', href: '/' }, 'Workforce Democracy'),
      h(
        'nav',
        { class: 'subtabs', 'aria-label': 'Administration' },
        Object.entries(PAGES).map(([name, { title }]) =>
          h('a', { href: `/admin/${name}`, 'data-name': name }, title),
        ),
      ),
      h('a', { class: 'sync', href: '/me' }, user?.username ?? user?.email ?? 'Not signed in'),
    ),
  )
}

function mark(root: HTMLElement, name: string): void {
  for (const link of root.querySelectorAll<HTMLElement>('nav a')) {
    if (link.dataset.name === name) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

start().catch(reportError)
