// Whether this server can serve.
import { Hono } from 'hono'
import type { Db } from '../db/database.ts'
import { ping } from '../db/ping.ts'

/** `GET /health`: 200 `{ status: "ok" }`, or 503 `{ status: "degraded" }` when Postgres does not answer in time; always within a second. */
export function createHealthRoutes({ pool, timeoutMs = 800 }: { pool: Db; timeoutMs?: number }): Hono {
  const routes = new Hono()
  routes.get('/health', async c => {
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
