// Signing up, in and out, and the keys that others verify access tokens with.
import {
  loginRequestSchema,
  preloginRequestSchema,
  refreshRequestSchema,
  registerRequestSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import { validated } from './validate.ts'

/** `POST /api/auth/{prelogin,register,login,refresh-token,logout}`, `GET /.well-known/jwks.json`. */
export function createAuthRoutes({ accounts }: { accounts: Accounts }): Hono {
  const auth = new Hono()
  auth.use(async (c, next) => {
    await next()
    c.header('Cache-Control', 'no-store')
  })
  auth.post('/prelogin', validated('json', preloginRequestSchema), async c =>
    c.json(await accounts.prelogin(c.req.valid('json').login)),
  )
  auth.post('/register', validated('json', registerRequestSchema), async c =>
    c.json(await accounts.register(c.req.valid('json')), 201),
  )
  auth.post('/login', validated('json', loginRequestSchema), async c =>
    c.json(await accounts.login(c.req.valid('json'))),
  )
  auth.post('/refresh-token', validated('json', refreshRequestSchema), async c =>
    c.json(await accounts.refresh(c.req.valid('json').refreshToken)),
  )
  auth.post('/logout', validated('json', refreshRequestSchema), async c => {
    await accounts.logout(c.req.valid('json').refreshToken)
    return c.body(null, 204)
  })

  const routes = new Hono()
  routes.route('/api/auth', auth)
  routes.get('/.well-known/jwks.json', c => {
    c.header('Cache-Control', 'public, max-age=300')
    return c.json(accounts.publicKeys)
  })
  return routes
}
