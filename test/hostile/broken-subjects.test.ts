// What the suite is worth: with a check taken out of the SDK its cases fail.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { CASES } from './cases.ts'
import { patience, Story } from './story.ts'

const broken = vi.hoisted(() => ({ gaps: false, associatedData: false }))

vi.mock('../../shared/src/sealed/sealed-state.ts', async importOriginal => {
  const original = await importOriginal<typeof import('../../shared/src/sealed/sealed-state.ts')>()
  /** Looks at neither `prev` nor `seen`, nor at what was held. */
  class SealedState<Id> extends original.SealedState<Id> {
    override gaps() {
      return broken.gaps ? [] : super.gaps()
    }
  }
  return { ...original, SealedState }
})
vi.mock('../../shared/src/envelope/envelope.ts', async importOriginal => {
  const original = await importOriginal<typeof import('../../shared/src/envelope/envelope.ts')>()
  /** Leaves associated data empty but for the header, and takes the same key everywhere, as then nothing else would differ. */
  const bare = <T extends { context: readonly string[] }>(options: T): T =>
    broken.associatedData ? { ...options, context: [] } : options
  return {
    ...original,
    sealEnvelope: (options: Parameters<typeof original.sealEnvelope>[0]) =>
      original.sealEnvelope(bare(options)),
    openEnvelope: (options: Parameters<typeof original.openEnvelope>[0]) =>
      original.openEnvelope(bare(options)),
  }
})

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  patience.ms = 3000
})
beforeEach(() => {
  Object.assign(broken, { gaps: false, associatedData: false })
})
afterAll(() => server[Symbol.asyncDispose]())

async function outcomeOf(what: RegExp): Promise<unknown> {
  const found = CASES.filter(each => what.test(each.what))
  expect(found).toHaveLength(1)
  await using story = await Story.begin(server)
  return await found[0]?.run(story).then(
    () => 'as it should be',
    () => 'found out',
  )
}

const NEED_GAPS = [/^drops an envelope/, /old snapshot/, /^forges Yjs/, /^deletes everything/, /not stored/]
const NEED_CONTEXT = [/another document, person/]

test('is as it should be when nothing is taken out', async () => {
  const outcomes = await Promise.all([...NEED_GAPS, ...NEED_CONTEXT].map(outcomeOf))
  expect(new Set(outcomes)).toEqual(new Set(['as it should be']))
}, 60_000)

test('[L9] without a look at what envelopes name, and at what was held, it is found out', async () => {
  broken.gaps = true
  expect(new Set(await Promise.all(NEED_GAPS.map(outcomeOf)))).toEqual(new Set(['found out']))
}, 60_000)

test('[L4] with associated data left empty it is found out', async () => {
  broken.associatedData = true
  expect(await Promise.all(NEED_CONTEXT.map(outcomeOf))).toEqual(['found out'])
}, 60_000)
