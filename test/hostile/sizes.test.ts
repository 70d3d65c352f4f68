// What somebody learns who reads along and can open nothing: that something was written, and no more.
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { patience, Story } from './story.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Yjs's and the frames' counters may take so many bytes more or less. */
const COUNTER_BYTES = 16
const LONG =
  'An Act to provide for reconciliation pursuant to a title that goes on and on, and for other purposes '

test('[L6] of one vote, change or removal all frames are alike, whatever it says', async () => {
  await using story = await Story.begin(server)
  const { b } = story
  const sent: Uint8Array[] = []
  b.hostile.fromDevice = ({ document, message }) => {
    if (document === 'votes' && message.type === 'update') sent.push(message.update)
    return message
  }
  const { votes, sync, replica } = b.it
  const acts = [
    () => votes.cast('hr1-119', 'no'),
    () => votes.cast('hr1-119', 'abstain', { billName: 'X' }),
    () =>
      votes.cast('sconres9999-119', 'yes', {
        billName: LONG.repeat(3),
        billType: 'labor',
        governmentLevel: 'federal',
      }),
    () => votes.retract('hr1-119'),
    () => votes.retract('sconres9999-119'),
    () => votes.cast('us-ny:s1234-2025', 'yes', { billName: 'Ley sobre la ñandú 🗳️' }),
  ]
  for (const act of [...acts, ...acts, ...acts]) {
    await act()
    await sync.flush()
    await until(() => replica.pendingCount('votes') === 0, patience.ms)
  }
  const envelopes = sent.flatMap(update =>
    Y.decodeUpdate(update).structs.flatMap(struct =>
      struct instanceof Y.Item && struct.content instanceof Y.ContentBinary ? [struct.content.content] : [],
    ),
  )
  // One in sixteen and more is full: the state of so few votes is no longer than the shortest.
  expect(new Set(envelopes.map(({ length }) => length))).toEqual(new Set([1069]))
  expect(envelopes.length).toBe(sent.length)
  expect(sent.length).toBeGreaterThanOrEqual(3 * acts.length)
  // What deletes others is the full one that takes their place.
  const single = sent.filter(update => Y.decodeUpdate(update).ds.clients.size === 0)
  expect(single.length).toBeGreaterThan(2 * acts.length)
  const lengths = single.map(({ length }) => length)
  expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(COUNTER_BYTES)
}, 60_000)
