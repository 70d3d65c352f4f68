// What a client is sent when it begins, where merging the log would not give what Yjs makes of it update by update.
import { randomUUID } from 'node:crypto'
import type { Message } from '@workforce-democracy/shared'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDocumentWorker } from '../../server/src/sync/document-worker.ts'
import { answerStep1 } from '../../server/src/sync/step1-answer.ts'
import { type StructSpec, updateBytes } from '../support/update-bytes.ts'

const text = (content: string, origin: readonly [number, number]): StructSpec => {
  return { kind: 'item', origin, content: { kind: 'string', text: content } }
}
/** The second brings an element of the first once more, now resting on one that rests on it. */
const TAIL = [
  updateBytes([{ client: 2, clock: 0, structs: [{ kind: 'gc', length: 2 }] }]),
  updateBytes([
    { client: 2, clock: 0, structs: [text('f', [1, 0])] },
    { client: 1, clock: 0, structs: [text('second', [2, 0])] },
  ]),
].map((update, n) => ({ position: n + 1, update }))

const ref = { personId: randomUUID(), document: 'votes' } as const

function received(messages: readonly Message[], doc = new Y.Doc()): Y.Doc {
  for (const message of messages) {
    if (message.type === 'update' || message.type === 'step2') Y.applyUpdate(doc, message.update)
  }
  return doc
}

test.each([
  ['a new client', undefined],
  ['a resuming client', { generation: 1, position: 0 }],
])(
  '[P13] %s gets what the updates make one after the other, also where an element was sent twice',
  async (_name, cursor) => {
    await using worker = createDocumentWorker()
    const loaded = { generation: 1, mode: 'open', head: 2, snapshot: undefined, tail: TAIL } as const
    const stepByStep = received(TAIL.map(({ update }) => ({ type: 'update', update })))
    const merged = received([{ type: 'update', update: Y.mergeUpdates(TAIL.map(({ update }) => update)) }])
    expect(merged.store.pendingStructs).not.toBeNull()

    const answer = await answerStep1(worker, ref, loaded, new Uint8Array([0]), cursor)
    expect(answer.at(-1)?.type).toBe('step2')
    const doc = received(answer)
    expect(doc.store.pendingStructs).toBeNull()
    expect(Y.encodeStateAsUpdate(doc)).toEqual(Y.encodeStateAsUpdate(stepByStep))
  },
)
