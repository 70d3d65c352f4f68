// Compactions run on a thread: what ends it, or the databases, takes only what is under way.
import { afterAll, expect, test } from 'vitest'
import type { DocumentRef } from '../../server/src/db/documents.ts'
import { type CompactorSettings, createCompactor } from '../../server/src/sync/compactor.ts'
import { perform } from '../../server/src/sync/document-jobs.ts'
import { startStoredServer } from '../support/stored-server.ts'
import { updateBytes } from '../support/update-bytes.ts'

const WISH = { isConnected: false, takesAll: true, looksAnyway: true }
/** Nested in the thread they take several hundred bytes each. */
const HEAVY_TYPES = 390_000
const HEAP_MIB = 96

const subject = await startStoredServer()
const { server } = subject
afterAll(() => subject[Symbol.asyncDispose]())

/** A sealed document of so many shared types, as no client of this project writes it. */
async function storeTypes(count: number): Promise<DocumentRef> {
  const { user } = await server.register()
  const ref: DocumentRef = { personId: user.id, document: 'notes' }
  const type = { kind: 'item', content: { kind: 'type', typeRef: 0 } } as const
  const update = updateBytes([{ client: 1, clock: 0, structs: Array.from({ length: count }, () => type) }])
  const { generations } = subject.services()
  const { summary } = perform('summarize', { updates: [update], summary: undefined })
  const content = { update, summary }
  await generations.move(ref, { from: { generation: 0, position: 0 }, mode: 'sealed', content })
  return ref
}

function compactorOf(settings: Partial<CompactorSettings> = {}) {
  const { databaseUrl, keysDatabaseUrl, encryptionKeys } = server.config
  return createCompactor({
    settings: { databaseUrl, keysDatabaseUrl, encryptionKeys, prepares: true, ...settings },
    onCompacted: () => undefined,
    onMoved: () => undefined,
    maxHeapMib: HEAP_MIB,
  })
}

test('a document that is too large for memory ends the thread, and the next one gets another', async () => {
  await using compactor = compactorOf()
  const heavy = await storeTypes(HEAVY_TYPES)
  const light = await storeTypes(10)
  await expect(compactor.compact(heavy, WISH)).rejects.toMatchObject({ code: 'overloaded' })
  expect(await compactor.compact(light, WISH)).toMatchObject({ snapshotBytes: expect.any(Number) })
}, 60_000)

test('what the databases throw is told by its code', async () => {
  await using compactor = compactorOf({ databaseUrl: `${server.config.databaseUrl}_missing` })
  const ref = await storeTypes(1)
  await expect(compactor.compact(ref, WISH)).rejects.toMatchObject({ code: '3D000' })
})

test('one that is disposed gives up, and takes no more', async () => {
  const compactor = compactorOf()
  const ref = await storeTypes(1)
  const settled = compactor.compact(ref, WISH).then(
    () => 'done',
    () => 'given up',
  )
  await compactor[Symbol.asyncDispose]()
  expect(['done', 'given up']).toContain(await settled)
  await expect(compactor.compact(ref, WISH)).rejects.toMatchObject({ code: 'overloaded' })
})
