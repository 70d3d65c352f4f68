// Jobs on whole documents give the same on a thread as on the event loop, and a thread that ends takes one job with it.
import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type JobInputs, type JobKind, perform } from '../../server/src/sync/document-jobs.ts'
import { createDocumentWorker, type DocumentWorker } from '../../server/src/sync/document-worker.ts'
import { BOMBS, countSteps } from '../support/bombs.ts'
import { updateBytes } from '../support/update-bytes.ts'

/** Two updates of a text of so many characters. */
function textOf(length: number): Uint8Array[] {
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.on('update', (update: Uint8Array) => updates.push(update))
  doc.getText('text').insert(0, 'x'.repeat(length))
  doc.getText('text').delete(1, 10)
  return updates
}

const LARGE = textOf(200_000)
const inputs: { readonly [K in JobKind]: JobInputs[K] } = {
  compact: { updates: LARGE, occupancy: 'idle' },
  merge: { updates: LARGE },
  difference: { updates: LARGE, stateVector: new Uint8Array([0]) },
  summarize: { updates: LARGE, summary: undefined },
  check: { updates: LARGE, mode: 'open' },
  read: { updates: LARGE },
  write: { updates: LARGE, registers: [] },
  load: { updates: LARGE },
}

const worker = createDocumentWorker()
afterAll(() => worker[Symbol.asyncDispose]())

test.each(Object.keys(inputs) as JobKind[])('%s gives on a thread what it gives here', async kind => {
  expect(await worker.run(kind, inputs[kind])).toEqual(perform(kind, inputs[kind]))
  // What was handed over is a copy.
  expect(LARGE[0]?.length).toBeGreaterThan(200_000)
})

test('what cannot be decoded is refused by its code, and the thread goes on', async () => {
  const garbage = new Uint8Array(100_000).fill(255)
  await expect(worker.run('summarize', { updates: [garbage], summary: undefined })).rejects.toMatchObject({
    code: 'malformed-message',
  })
  expect((await worker.run('summarize', inputs.summarize)).summary.length).toBeGreaterThan(0)
})

test('a thread that runs out of memory takes only the job at fault with it', async () => {
  await using worker = createDocumentWorker({ maxHeapMib: 96 })
  const type = { kind: 'item', content: { kind: 'type', typeRef: 0 } } as const
  const structs = Array.from({ length: 390_000 }, () => type)
  const heavy = worker.run('compact', {
    updates: [updateBytes([{ client: 1, clock: 0, structs }])],
    occupancy: 'idle',
  })
  const waiting = worker.run('compact', inputs.compact)
  await expect(heavy).rejects.toMatchObject({ code: 'overloaded' })
  expect(await waiting).toEqual(perform('compact', inputs.compact))
})

test('a job that takes too long is given up, and the next one is done', async () => {
  await using worker = createDocumentWorker({ limitMs: () => 2_000 })
  // All begin at the same place: Yjs looks through those of the one client for each of the other.
  const structs = Array.from({ length: 20_000 }, () => {
    return { kind: 'item', content: { kind: 'any', values: [1] } } as const
  })
  const updates = [1, 2].map(client => updateBytes([{ client, clock: 0, structs }]))
  const costly = { updates, stateVector: new Uint8Array([0]) }
  const ref = { personId: randomUUID(), document: 'votes' } as const
  const endless = worker.run('difference', costly, ref)
  const waiting = worker.run('compact', inputs.compact)
  await expect(endless).rejects.toMatchObject({ code: 'overloaded' })
  expect(await waiting).toEqual(perform('compact', inputs.compact))
  // For a while it is not taken up again, and others are.
  expect(worker.hasGivenUp(ref)).toBe(true)
  const again = Promise.race([worker.run('difference', costly, ref), waitingFor(worker, 'compact')])
  await expect(again).rejects.toMatchObject({ code: 'overloaded' })
})

const waitingFor = async (worker: DocumentWorker, kind: JobKind) => {
  await worker.run(kind, inputs[kind], { personId: randomUUID(), document: 'votes' })
  return 'the other was done first'
}

test.each(Object.entries(BOMBS))(
  '[P31] what may take Yjs long is not done on the event loop: %s',
  async (_name, bomb) => {
    const updates = bomb(1_500)
    expect(updates.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(64 * 1024)
    using steps = countSteps()
    await worker.run('difference', { updates, stateVector: new Uint8Array([0]) })
    expect(steps.taken).toBe(0)
  },
)

test('a worker that is disposed gives up what it is doing, and takes no more', async () => {
  const worker = createDocumentWorker()
  const running = worker.run('compact', inputs.compact)
  const waiting = worker.run('compact', inputs.compact)
  const refused = Promise.all(
    [running, waiting].map(each => expect(each).rejects.toMatchObject({ code: 'overloaded' })),
  )
  await worker[Symbol.asyncDispose]()
  await refused
})
