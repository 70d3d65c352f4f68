// Where attempts are counted for all servers together: in Postgres, or in Redis where there is one.
import { createClient } from '@redis/client'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRedis } from 'rate-limiter-flexible'
import type { Pool } from '../db/database.ts'
import type { OpenLimiter } from './attempts.ts'

/** Made by a migration. */
const TABLE = 'attempts'
const MAX_RECONNECT_MS = 2_000
const SILENCE_MS = 2_000

/** A store that is away locks nobody out and lets nobody through: meanwhile each server counts by itself. */
const insurance = (points: number, seconds: number) =>
  new RateLimiterMemory({ points, duration: seconds, keyPrefix: 'insurance' })

/** Counts in Postgres. */
export function countingInPostgres(pool: Pool): OpenLimiter {
  let isCleaned = false
  return ({ prefix, points, seconds }) => {
    const limiter = new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: TABLE,
      tableCreated: true,
      // Of all limiters on the table one deletes what ran out an hour ago.
      clearExpiredByTimeout: !isCleaned,
      keyPrefix: prefix,
      points,
      duration: seconds,
      insuranceLimiter: insurance(points, seconds),
    })
    isCleaned = true
    return limiter
  }
}

/** Counts in Redis. @param url such as `redis://127.0.0.1:6379` */
export function countingInRedis(url: string): AsyncDisposable & { readonly openLimiter: OpenLimiter } {
  const client = createClient({
    url,
    // Who signs in does not wait for a Redis that is away.
    disableOfflineQueue: true,
    commandOptions: { timeout: SILENCE_MS },
    socket: { reconnectStrategy: retries => Math.min(100 * (retries + 1), MAX_RECONNECT_MS) },
  })
  client.on('error', () => undefined)
  const connecting = client.connect().catch(() => undefined)
  return {
    openLimiter: ({ prefix, points, seconds }) =>
      new RateLimiterRedis({
        storeClient: client,
        useRedisPackage: true,
        rejectIfRedisNotReady: true,
        keyPrefix: `${TABLE}/${prefix}`,
        points,
        duration: seconds,
        insuranceLimiter: insurance(points, seconds),
      }),
    async [Symbol.asyncDispose]() {
      client.destroy()
      await connecting
    },
  }
}
