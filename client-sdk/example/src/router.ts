// Which page belongs to a path. Each part of the site is loaded when it is first gone to.
import type { Page } from './page.ts'

type Load = () => Promise<Page>

const civic = () => import('./pages/civic.ts')
const learn = () => import('./pages/learn.ts')
const local = () => import('./pages/local.ts')
const me = () => import('./pages/me.ts')

/** Paths and their pages; `:name` stands for one part. */
const ROUTES: readonly (readonly [pattern: string, load: Load])[] = [
  ['/', async () => (await import('./pages/dashboard.ts')).dashboardPage],
  ['/welcome', async () => (await import('./pages/welcome.ts')).welcomePage],
  ['/learn', async () => (await learn()).learnPage],
  ['/learn/saved', async () => (await learn()).savedPage],
  ['/learn/paths', async () => (await learn()).pathsPage],
  ['/learn/paths/:id', async () => (await learn()).pathPage],
  ['/learn/:id', async () => (await learn()).resourcePage],
  ['/civic', async () => (await civic()).billsPage],
  ['/civic/bills/:id', async () => (await civic()).billPage],
  ['/civic/votes', async () => (await civic()).votesPage],
  ['/civic/representatives', async () => (await civic()).representativesPage],
  ['/civic/agreement', async () => (await civic()).agreementPage],
  ['/civic/members/:id', async () => (await civic()).memberPage],
  ['/local', async () => (await local()).localPage],
  ['/local/submit', async () => (await local()).submitPlacePage],
  ['/local/mine', async () => (await local()).ownPlacesPage],
  ['/local/places/:country/:id', async () => (await local()).placePage],
  ['/me', async () => (await me()).accountPage],
  ['/me/privacy', async () => (await me()).privacyPage],
  ['/me/devices', async () => (await me()).devicesPage],
  ['/me/stored', async () => (await me()).storedPage],
  ['/me/data', async () => (await me()).dataPage],
  ['/me/sync', async () => (await me()).syncPage],
  ['/me/forgot', async () => (await me()).forgotPage],
  ['/verify-email', async () => (await me()).verifyEmailPage],
  ['/reset-password', async () => (await me()).resetPasswordPage],
  ['/design', async () => (await import('./pages/design.ts')).designPage],
]

/** The page of a path and what its pattern names; a page that says so where there is none. */
export function routeOf(path: string): { readonly load: Load; readonly params: Record<string, string> } {
  for (const [pattern, load] of ROUTES) {
    const params = match(pattern, path)
    if (params) return { load, params }
  }
  return { load: async () => (await import('./pages/not-found.ts')).notFoundPage, params: {} }
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.replace(/(?<=.)\/+$/, '').split('/')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decoded(value)
    else if (part !== value) return undefined
  }
  return params
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
