// Who is asking: the bearer token of a request (RFC 6750).
import { CodedError } from '@workforce-democracy/shared'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Accounts } from '../accounts/accounts.ts'

/** Whom a request speaks for. */
export interface Person {
  readonly id: string
  readonly sessionId: string
}

/** What handlers behind {@link authenticate} find in `c.var`. */
export interface AuthenticatedEnv {
  Variables: { person: Person }
}

/** Lets a request pass that carries the access token of a live session; any other is answered `unauthorized`. */
export const authenticate = (accounts: Pick<Accounts, 'authenticate'>) =>
  createMiddleware<AuthenticatedEnv>(async (c, next) => {
    const [, accessToken] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(c.req.header('Authorization') ?? '') ?? []
    const holder = accessToken === undefined ? undefined : await accounts.authenticate(accessToken)
    if (!holder) throw new CodedError('unauthorized')
    c.set('person', { id: holder.personId, sessionId: holder.sessionId })
    await next()
  })

/** Lets a request pass without a token, and with one only if it is good. */
export const authenticateIfTold = (accounts: Pick<Accounts, 'authenticate'>) => {
  const check = authenticate(accounts)
  return createMiddleware<AuthenticatedEnv>((c, next) => {
    // So that no cache gives to one what is another's.
    c.header('Vary', 'Authorization', { append: true })
    return c.req.header('Authorization') === undefined ? next() : check(c, next)
  })
}

/** Whom a request speaks for that {@link authenticateIfTold} has let pass; nobody without a token. */
export const personIfTold = (c: Context<AuthenticatedEnv>): Person | undefined =>
  c.get('person') as Person | undefined
