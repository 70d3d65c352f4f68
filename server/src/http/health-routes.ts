// Whether this server can serve.
import { Hono } from 'hono'
import type { Db } from '../db/database.ts'
import { ping } from '../db/ping.ts'
import { healthSchema } from './answer-schemas.ts'
import { documented } from './documented.ts'

/** `GET /health`: 200 `{ status: "ok" }`, or 503 `{ status: "degraded" }` when Postgres does not answer in time; always within a second. */
export function createHealthRoutes({ pool, timeoutMs = 800 }: { pool: Db; timeoutMs?: number }): Hono {
  const routes = new Hono()
  const operation = documented({
    summary: 'Tell whether this server can serve',
    description: 'Within a second. 503 with `degraded` when its database does not answer.',
    who: 'anyone',
    answer: { schema: healthSchema, example: { status: 'ok' } },
  })
  routes.get('/health', operation, async c => {
    c.header('Cache-Control', 'no-store')
    const answered = await answersWithin(pool, timeoutMs)
    return answered ? c.json({ status: 'ok' }) : c.json({ status: 'degraded' }, 503)
  })
  return routes
}

async function answersWithin(pool: Db, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>(resolve => {
    timer = setTimeout(resolve, timeoutMs, false)
  })
  const answer = ping(pool).then(
    () => true,
    () => false,
  )
  return Promise.race([answer, tooLate]).finally(() => clearTimeout(timer))
}
