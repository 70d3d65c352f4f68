// The metrics, and who may see them.

import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createMetricsRoutes } from '../../server/src/http/metrics-routes.ts'
import { createProblemHandler } from '../../server/src/http/problem-handler.ts'
import { createMetrics } from '../../server/src/metrics.ts'

const TOKEN = 'a made-up scraper token'

function routes(config: { metricsToken: string | undefined; production: boolean }) {
  const metrics = createMetrics()
  metrics.committed(2, 7)
  metrics.refused('too-many')
  metrics.acknowledged(0.003)
  const app = createMetricsRoutes({ metrics, config })
  app.onError(createProblemHandler({ logger: pino({ level: 'silent' }) }))
  return app
}

test('metrics are text for Prometheus', async () => {
  const answer = await routes({ metricsToken: undefined, production: false }).request('/metrics')
  expect(answer.headers.get('content-type')).toContain('text/plain')
  const text = await answer.text()
  expect(text).toContain('wd_commits_total 1')
  expect(text).toContain('wd_commit_updates_sum 7')
  expect(text).toContain('wd_refusals_total{reason="too-many"} 1')
  expect(text).toContain('wd_acknowledgement_seconds_bucket{le="0.005"} 1')
})

test.each([
  ['no token where one is set', TOKEN, false, {}, 401],
  ['another token', TOKEN, true, { authorization: 'Bearer another' }, 401],
  ['the token', TOKEN, true, { authorization: `Bearer ${TOKEN}` }, 200],
  ['production without a token', undefined, true, {}, 404],
])('%s', async (_name, metricsToken, production, headers, status) => {
  const answer = await routes({ metricsToken, production }).request('/metrics', { headers: { ...headers } })
  expect(answer.status).toBe(status)
})
