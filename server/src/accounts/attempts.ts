// Attempts at credentials, counted by account and by network address (SPEC A13). What is counted under is a keyed hash.
import { CodedError } from '@workforce-democracy/shared'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { Lookup } from '../encryption/lookup.ts'

/** Where a request is from. */
export interface Caller {
  /** See `networkAddress`. */
  readonly address: string
}

/** Attempts that are let through in a quarter of an hour, or in an hour where a mail or an account comes of each. */
export interface AttemptLimits {
  readonly perAccount: number
  readonly perAddress: number
}

export const DEFAULT_ATTEMPT_LIMITS: AttemptLimits = { perAccount: 10, perAddress: 100 }

const MINUTES = 60

/**
 * What is attempted: seeds of names, secrets (passwords and recovery codes), sign-ups, mails and tokens of mails. Asking
 * for a seed tells nothing and goes before every sign-in, so ten times as many are let through.
 */
const RULES = {
  prelogin: { seconds: 15 * MINUTES, factor: 10 },
  secret: { seconds: 15 * MINUTES, factor: 1 },
  register: { seconds: 60 * MINUTES, factor: 1 },
  mail: { seconds: 60 * MINUTES, factor: 1 },
  token: { seconds: 15 * MINUTES, factor: 1 },
} as const satisfies Record<string, { seconds: number; factor: number }>

/** A key of {@link RULES}. */
export type AttemptKind = keyof typeof RULES

/** Whom an attempt counts for. */
export interface AttemptBy {
  /** The id of an account, or a name that has none: both look the same to who tries. */
  readonly account?: string | undefined
  readonly caller?: Caller | undefined
}

/** Counts attempts. */
export interface Attempts {
  /** @throws CodedError `too-many`, with the seconds to wait */
  count(kind: AttemptKind, by: AttemptBy): Promise<void>
  /** Takes an attempt back that has succeeded: the account's count begins anew, the address's is one less. */
  succeeded(kind: AttemptKind, by: AttemptBy): Promise<void>
}

/** Makes a limiter of so many points in so many seconds, for keys with this prefix. */
export type OpenLimiter = (rule: {
  readonly prefix: string
  readonly points: number
  readonly seconds: number
}) => RateLimiterAbstract

/** Makes what counts attempts, with limiters that a store keeps. */
export function createAttempts({
  openLimiter,
  lookup,
  limits,
}: {
  readonly openLimiter: OpenLimiter
  readonly lookup: Lookup
  readonly limits: AttemptLimits
}): Attempts {
  const limiters = (kind: AttemptKind) => {
    const { seconds, factor } = RULES[kind]
    const open = (prefix: string, points: number) => openLimiter({ prefix, points: points * factor, seconds })
    return {
      account: open(`${kind}/account`, limits.perAccount),
      address: open(`${kind}/address`, limits.perAddress),
    }
  }
  const limitersByKind = Object.fromEntries(
    (Object.keys(RULES) as AttemptKind[]).map(kind => [kind, limiters(kind)]),
  ) as Record<AttemptKind, ReturnType<typeof limiters>>

  const keyOf = (purpose: string, of: string) => lookup.hash(purpose, of).toString('base64url')
  const accountKey = (account: string) => keyOf('attempts-of-account', account)
  const addressKey = (address: string) => keyOf('attempts-of-address', address)

  return {
    async count(kind, { account, caller }) {
      const { account: byAccount, address: byAddress } = limitersByKind[kind]
      // The address first: who is over its limit does not use up the account's.
      if (caller) await consume(byAddress, addressKey(caller.address))
      if (account !== undefined) await consume(byAccount, accountKey(account))
    },
    async succeeded(kind, { account, caller }) {
      const { account: byAccount, address: byAddress } = limitersByKind[kind]
      await Promise.all([
        account !== undefined && byAccount.delete(accountKey(account)),
        caller && byAddress.reward(addressKey(caller.address)),
      ])
    },
  }
}

/** Takes a point. @throws CodedError `too-many`, with the seconds to wait */
export async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
    throw new CodedError('too-many', undefined, { retryAfterSeconds })
  }
}
