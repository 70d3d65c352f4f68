// `GET /metrics`, for those who run the server.
import { createHash, timingSafeEqual } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Metrics } from '../metrics.ts'
import { documented } from './documented.ts'

/** With `METRICS_TOKEN` only who shows it as bearer is answered; without, nobody in production and everybody else. */
export function createMetricsRoutes({
  metrics,
  config: { metricsToken, production },
}: {
  readonly metrics: Metrics
  readonly config: { readonly metricsToken: string | undefined; readonly production: boolean }
}): Hono {
  const routes = new Hono()
  const operation = documented({
    summary: 'Measure this server',
    description: 'In the form of Prometheus. With `METRICS_TOKEN` as bearer token where one is set.',
    who: 'anyone',
    answer: { mediaType: 'text/plain', schema: z.string() },
    codes: ['unauthorized', 'not-found'],
  })
  routes.get('/metrics', operation, async c => {
    if (!metricsToken && production) throw new CodedError('not-found')
    if (metricsToken && !isSame(c.req.header('Authorization') ?? '', `Bearer ${metricsToken}`)) {
      throw new CodedError('unauthorized')
    }
    c.header('Content-Type', metrics.contentType)
    return c.body(await metrics.text())
  })
  return routes
}

/** Hashes have one length: comparing them tells nothing of where the texts differ. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}
