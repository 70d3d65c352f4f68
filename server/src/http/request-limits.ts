// How often the API may be called: by one person, and from one network address. Each server counts by itself.
import { createMiddleware } from 'hono/factory'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Accounts } from '../accounts/accounts.ts'
import { consume } from '../accounts/attempts.ts'
import { callerOf } from './caller.ts'

/** Requests that are let through in a minute. */
export interface RequestLimits {
  readonly perPerson: number
  readonly perAddress: number
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = { perPerson: 1_200, perAddress: 6_000 }

const SECONDS = 60

/** Lets no address through that is over its limit: `too-many`, with the seconds to wait (SPEC O8). */
export function limitAddresses({
  config,
}: {
  readonly config: { readonly requestLimits: RequestLimits; readonly trustProxy: boolean }
}) {
  const limiter = new RateLimiterMemory({ points: config.requestLimits.perAddress, duration: SECONDS })
  return createMiddleware(async (c, next) => {
    const caller = callerOf(c, config.trustProxy)
    if (caller) await consume(limiter, caller.address)
    await next()
  })
}

/** The same accounts, which let nobody in who is over the limit of a person. */
export function limitingPersons(accounts: Accounts, { perPerson }: RequestLimits): Accounts {
  const limiter = new RateLimiterMemory({ points: perPerson, duration: SECONDS })
  return {
    ...accounts,
    async authenticate(accessToken) {
      const holder = await accounts.authenticate(accessToken)
      if (holder) await consume(limiter, holder.personId)
      return holder
    },
  }
}
