// Signing up, in and out, and the keys that others verify access tokens with.
import {
  changeEmailRequestSchema,
  changePasswordRequestSchema,
  forgotPasswordRequestSchema,
  loginRequestSchema,
  preloginRequestSchema,
  recoveryRequestSchema,
  refreshRequestSchema,
  registerRequestSchema,
  resetPasswordRequestSchema,
  verifyEmailRequestSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import type { Caller } from '../accounts/attempts.ts'
import { authOperations as operations } from './auth-operations.ts'
import { type AuthenticatedEnv, authenticate } from './authenticate.ts'
import { callerOf } from './caller.ts'
import { limitBody, validated } from './validate.ts'

interface AuthServices {
  readonly accounts: Accounts
  readonly config: { readonly trustProxy: boolean }
}

interface CallerEnv {
  Variables: AuthenticatedEnv['Variables'] & { caller: Caller | undefined }
}

/** Record, bundles and a password: what is read of a body here. */
const KEYS_BODY_BYTES = 256 * 1024
/** Bodies that may hold an account's keys. */
export const WITH_KEYS = [
  '/api/auth/register',
  '/api/auth/reset-password',
  '/api/auth/change-password',
  '/api/user/keys',
]

/** `POST /api/auth/*`, `GET /.well-known/jwks.json`. */
export function createAuthRoutes({ accounts, config }: AuthServices): Hono {
  const auth = new Hono<CallerEnv>()
  const { passwords, addresses } = accounts
  auth.use(async (c, next) => {
    c.set('caller', callerOf(c, config.trustProxy))
    await next()
    c.header('Cache-Control', 'no-store')
  })
  auth.post('/prelogin', operations.prelogin, validated('json', preloginRequestSchema), async c =>
    c.json(await accounts.prelogin(c.req.valid('json').login, c.var.caller)),
  )
  auth.post('/register', operations.register, validated('json', registerRequestSchema), async c =>
    c.json(await accounts.register(c.req.valid('json'), c.var.caller), 201),
  )
  auth.post('/login', operations.login, validated('json', loginRequestSchema), async c =>
    c.json(await accounts.login(c.req.valid('json'), c.var.caller)),
  )
  auth.post('/refresh-token', operations.refresh, validated('json', refreshRequestSchema), async c =>
    c.json(await accounts.refresh(c.req.valid('json').refreshToken)),
  )
  auth.post('/logout', operations.logout, validated('json', refreshRequestSchema), async c => {
    await accounts.logout(c.req.valid('json').refreshToken)
    return c.body(null, 204)
  })
  auth.post('/verify-email', operations.verifyEmail, validated('json', verifyEmailRequestSchema), async c => {
    await addresses.verify(c.req.valid('json').token, c.var.caller)
    return c.body(null, 204)
  })
  auth.post(
    '/forgot-password',
    operations.forgotPassword,
    validated('json', forgotPasswordRequestSchema),
    async c => {
      await addresses.forgot(c.req.valid('json').login, c.var.caller)
      return c.body(null, 202)
    },
  )
  auth.post('/recovery', operations.recovery, validated('json', recoveryRequestSchema), async c => {
    const { login, recoverySecret } = c.req.valid('json')
    return c.json(await passwords.recovery(login, recoverySecret, c.var.caller))
  })
  auth.post(
    '/reset-password',
    operations.resetPassword,
    validated('json', resetPasswordRequestSchema),
    async c => {
      await passwords.reset(c.req.valid('json'), c.var.caller)
      return c.body(null, 204)
    },
  )
  auth.post(
    '/change-password',
    operations.changePassword,
    authenticate(accounts),
    validated('json', changePasswordRequestSchema),
    async c => {
      const { id, sessionId } = c.var.person
      return c.json(await passwords.change({ personId: id, sessionId }, c.req.valid('json'), c.var.caller))
    },
  )
  auth.post(
    '/change-email',
    operations.changeEmail,
    authenticate(accounts),
    validated('json', changeEmailRequestSchema),
    async c => {
      await addresses.change(c.var.person.id, c.req.valid('json'), c.var.caller)
      return c.body(null, 202)
    },
  )

  const routes = new Hono()
  routes.route('/api/auth', auth)
  routes.get('/.well-known/jwks.json', operations.publicKeys, c => {
    c.header('Cache-Control', 'public, max-age=300')
    return c.json(accounts.publicKeys)
  })
  return routes
}

/** Reads so much of a body with keys. */
export const limitKeysBody = () => limitBody(KEYS_BODY_BYTES)
