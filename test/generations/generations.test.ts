// A short simulation. Five years: `npm run test:generations -- --sessions 10000`.
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'
import { MAX_RATIO, ratioOf, simulate, totalOf } from './simulation.ts'

const SESSIONS = 150

test(`[G5] after ${SESSIONS} sessions of three devices a document costs less than twice a fresh one`, async () => {
  const nowMs = Date.now()
  await using server = await startTestServer({ nowMs: () => nowMs })
  const options = { sessions: SESSIONS, checkpointEvery: 10, firstKeys: 40, seed: 1 }
  const { checkpoints, lost } = await simulate(server, options)
  expect(lost).toEqual([])
  expect(Math.max(...checkpoints.map(ratioOf))).toBeLessThanOrEqual(MAX_RATIO)
  const last = checkpoints.at(-1)!
  expect(last.generation).toBeGreaterThan(1)
  // Without generations it would cost more than that.
  expect(totalOf(last.unmoved)).toBeGreaterThan(MAX_RATIO * totalOf(last.fresh))
}, 120_000)
