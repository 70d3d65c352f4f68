// A short fuzz run. The long one: `npm run test:fuzz -- --frames 200000 --seed 1`. What did harm once has tests by
// name in test/sync: the smallest updates of its kind, in known-state.test.ts and decoded-update.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { fuzz } from './fuzz-run.ts'
import { outcomeTable } from './outcome-table.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const FRAMES = 5_000

test(`${FRAMES} hostile frames do no harm to others, to the attacked documents, or to the server`, async () => {
  const { outcomes, frames, witnessed } = await fuzz(server, { seed: 1, frames: FRAMES })
  console.log(outcomeTable(outcomes))
  expect(frames).toBeGreaterThanOrEqual(FRAMES)
  expect(witnessed).toBeGreaterThan(50)
}, 240_000)
