// Who is asking: the bearer token of a request (RFC 6750).
import { CodedError } from '@workforce-democracy/shared'
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
