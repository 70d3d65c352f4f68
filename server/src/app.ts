// The HTTP surface: which routes there are and who may call them.
import { Hono } from 'hono'
import { except } from 'hono/combine'
import { cors } from 'hono/cors'
import type { Context } from './context.ts'
import { createAccountRoutes } from './http/account-routes.ts'
import { createAdminRoutes } from './http/admin-routes.ts'
import { createAuthRoutes, limitKeysBody, WITH_KEYS } from './http/auth-routes.ts'
import { authenticate } from './http/authenticate.ts'
import { createBrowserCopyRoutes } from './http/browser-copy-routes.ts'
import { cacheHeaders } from './http/cache-headers.ts'
import { createCivicPersonRoutes } from './http/civic-person-routes.ts'
import { createCivicRoutes } from './http/civic-routes.ts'
import { compressed } from './http/compressed.ts'
import { createDocumentRoutes } from './http/document-routes.ts'
import { createGenerationRoutes, generationBodyBytes } from './http/generation-routes.ts'
import { createHealthRoutes } from './http/health-routes.ts'
import { createLearningPathRoutes } from './http/learning-path-routes.ts'
import { createLearningRoutes } from './http/learning-routes.ts'
import { createLocalAdminRoutes } from './http/local-admin-routes.ts'
import { createLocalRoutes } from './http/local-routes.ts'
import { createMetricsRoutes } from './http/metrics-routes.ts'
import { createProblemHandler, notFound } from './http/problem-handler.ts'
import { createProfileRoutes } from './http/profile-routes.ts'
import { REQUEST_ID_HEADER, requestId } from './http/request-id.ts'
import { limitAddresses, limitingPersons } from './http/request-limits.ts'
import { requireAdmin } from './http/require-admin.ts'
import { createAdminResourceRoutes, createResourceAdminRoutes } from './http/resource-admin-routes.ts'
import { createResourcePersonRoutes } from './http/resource-person-routes.ts'
import { createResourceRoutes } from './http/resource-routes.ts'
import { securityHeaders } from './http/security-headers.ts'
import { createUserRoutes } from './http/user-routes.ts'
import { limitBody } from './http/validate.ts'
import { orWebApp } from './http/web-app.ts'

/** What only the person with the token may see or do; everything else here is public. */
const PERSONS_OWN = [
  '/api/admin/*',
  '/api/user/*',
  '/api/resources/recommended',
  '/api/civic/vote',
  '/api/civic/votes',
  '/api/civic/alignment',
  '/api/civic/alignment/:id',
  ...['view', 'progress', 'complete', 'rate', 'bookmark', 'bookmark/:id', 'history', 'stats'].map(
    verb => `/api/learning/${verb}`,
  ),
  '/api/sync/upload',
  '/api/sync/download',
]

/** Bodies with a whole document. */
const WITH_CONTENT = '/api/sync/:document/generation'

/** What pages of other origins may read of an answer. */
const READABLE_HEADERS = ['Date', 'ETag', 'Retry-After', REQUEST_ID_HEADER]

/** Makes the app of a context. */
export function createApp(services: Context): Hono {
  const context = {
    ...services,
    accounts: limitingPersons(services.accounts, services.config.requestLimits),
  }
  const app = new Hono()
  app.onError(createProblemHandler(context))
  app.notFound(orWebApp(context, notFound))
  app.use(requestId)
  app.use(securityHeaders(context))
  const { corsOrigins } = context.config
  if (corsOrigins.length > 0)
    app.use('/api/*', cors({ origin: [...corsOrigins], exposeHeaders: [...READABLE_HEADERS] }))
  app.use('/api/*', limitAddresses(context))
  // Tokens are never compressed together with what a request has brought.
  app.use('/api/*', except('/api/auth/*', compressed))
  app.use('/api/*', cacheHeaders)

  const { documentBytes } = context.limits
  app.use('/api/*', except([WITH_CONTENT, ...WITH_KEYS], limitBody()))
  for (const path of WITH_KEYS) app.use(path, limitKeysBody())
  // So much is read of those only who may send it.
  app.use(WITH_CONTENT, authenticate(context.accounts), limitBody(generationBodyBytes(documentBytes)))
  for (const path of PERSONS_OWN) app.use(path, authenticate(context.accounts))
  app.use('/api/admin/*', requireAdmin(context))

  app.route('/', createHealthRoutes(context))
  app.route('/', createMetricsRoutes(context))
  app.route('/', createAuthRoutes(context))
  app.route('/api', createDocumentRoutes({ ...context, app: () => app }))
  app.route('/api/sync', createGenerationRoutes(context))
  app.route('/api/sync', createBrowserCopyRoutes(context))
  app.route('/api/user', createUserRoutes(context))
  app.route('/api/user', createAccountRoutes(context))
  app.route('/api/user', createProfileRoutes(context))
  app.route('/api/admin', createAdminRoutes(context))
  app.route('/api/admin', createAdminResourceRoutes(context))
  app.route('/api/admin', createLocalAdminRoutes(context))
  app.route('/api/local', createLocalRoutes(context))
  app.route('/api/resources', createResourcePersonRoutes(context))
  app.route('/api/resources', createResourceRoutes(context))
  app.route('/api/resources', createResourceAdminRoutes(context))
  app.route('/api/learning', createLearningRoutes(context))
  app.route('/api/learning/paths', createLearningPathRoutes(context))
  app.route('/api/civic', createCivicPersonRoutes(context))
  app.route('/api/civic', createCivicRoutes(context))
  return app
}
