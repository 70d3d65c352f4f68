// Password hashes: Argon2id on libuv's threads, a few at a time.
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { CodedError } from '@workforce-democracy/shared'

/**
 * OWASP's first recommendation for Argon2id (the library's default algorithm). An SDK's login secret has been through
 * 64 MiB on the device already and could not be guessed even unhashed; this is for what people type over plain HTTP.
 */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Verified when there is no account, so that both answers take as long. Nothing hashes to zeros. */
const NOBODY = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Leaves a core to the event loop, and threads of libuv's four to file access and name resolution. */
const DEFAULT_CONCURRENCY = Math.max(1, Math.min(3, availableParallelism() - 1))

/** Hashes and verifies passwords, typed ones and login secrets alike. */
export interface Passwords {
  /** @throws CodedError `overloaded` when too many wait already */
  hash(password: string): Promise<string>
  /** Whether `password` is what `passwordHash` was made from; without a hash no, after as long. Throws as {@link Passwords.hash}. */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>
  /**
   * Does work that a hash is part of, as much at once as is hashed: who waits has begun nothing, keeps no connection to
   * Postgres from others, and leaves them processor between two hashes. Throws as {@link Passwords.hash}.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

/** Passwords keyed with `secret`: a stolen hash cannot be tried without it. */
export function createPasswords(options: {
  secret: Uint8Array
  concurrency?: number
  maxWaiting?: number
}): Passwords {
  const { secret, concurrency = DEFAULT_CONCURRENCY, maxWaiting = 200 } = options
  const hashing = createBoundedTurns(concurrency, maxWaiting)
  return {
    hash: password => hashing(() => hash(password, { ...COST, secret })),
    verify: async (passwordHash, password) => {
      const matches = await hashing(() => verify(passwordHash ?? NOBODY, password, { secret }))
      return matches && passwordHash !== undefined
    },
    inTurn: createBoundedTurns(concurrency, maxWaiting),
  }
}

/** At most `limit` at once, in the order in which they were asked for, while at most so many wait. */
function createBoundedTurns(limit: number, maxWaiting: number) {
  const waiting: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < limit) running++
    else if (waiting.length < maxWaiting) await new Promise<void>(resolve => waiting.push(resolve))
    else throw new CodedError('overloaded', 'Too many people are signing in.')
    try {
      return await work()
    } finally {
      // The next one takes over this one's place.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
