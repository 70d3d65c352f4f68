// Updates that Yjs decodes, and that it fails on once they are stored: each is refused before that.
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { decodeUpdate, MAX_SUBDOCUMENTS } from '../../server/src/sync/decoded-update.ts'
import { type Block, type Content, type Deletions, updateBytes } from '../support/update-bytes.ts'

const item = (content: Content) => ({ kind: 'item', content }) as const
const text = item({ kind: 'string', text: 'a' })
const block = (clock: number, ...structs: Block['structs']): Block => ({ client: 1, clock, structs })
const deleted = (clock: number, length: number): Deletions => ({ client: 1, spans: [[clock, length]] })

/** Arrays in arrays, as Yjs writes plain values. */
const nestedArrays = (depth: number): Content => {
  const bytes = new Uint8Array(depth * 2 + 1).map((_, n) => (n % 2 === 0 ? 117 : 1))
  bytes[depth * 2] = 126
  return { kind: 'raw-any', length: 1, bytes }
}
/** An object whose property `__proto__` is bytes. */
const passingForBytes: Content = {
  kind: 'raw-any',
  length: 1,
  bytes: new Uint8Array([118, 1, 9, ...Buffer.from('__proto__'), 116, 1, 7]),
}

/** Whether Yjs takes the update in whole, can write the document again, and sends it on as it may be sent. */
function isSound(update: Uint8Array): boolean {
  try {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, update)
    const again = new Y.Doc()
    Y.applyUpdate(again, Y.encodeStateAsUpdate(doc))
    Y.decodeStateVector(Y.encodeStateVector(doc))
    return [doc, again].every(({ store }) => !store.pendingStructs && !store.pendingDs)
  } catch {
    return false
  }
}

describe('what Yjs would fail on later is malformed', () => {
  test.each<[name: string, update: Uint8Array]>([
    ['two blocks of one client', updateBytes([block(0, text), block(1, text)])],
    [
      'an empty element between others',
      updateBytes(
        [
          block(
            0,
            text,
            { ...item({ kind: 'any', values: [] }), origin: [1, 0] },
            { ...text, origin: [1, 0] },
          ),
        ],
        [deleted(0, 2)],
      ),
    ],
    ['an empty deletion', updateBytes([block(0, text)], [deleted(1, 0)])],
    ['a value nested too deep to be written', updateBytes([block(0, item(nestedArrays(7_000)))])],
    [
      'JSON nested too deep to be written',
      updateBytes([block(0, item({ kind: 'embed', json: '['.repeat(9_000) + ']'.repeat(9_000) }))]),
    ],
    ['an object that passes for bytes', updateBytes([block(0, item(passingForBytes))])],
    [
      'a subdocument without a name',
      updateBytes([block(0, item({ kind: 'doc', guid: 'a', options: { guid: null } }))]),
    ],
  ])('%s', (_name, update) => {
    expect(isSound(update)).toBe(false)
    expect(() => decodeUpdate(update)).toThrow(expect.objectContaining({ code: 'malformed-message' }))
  })

  test('blocks of clients in an order in which Yjs loses some when it merges updates', () => {
    const other = { ...block(0, text), client: 2 }
    const [ascending, more] = [updateBytes([block(0, text), other]), updateBytes([block(1, text)])]
    const merged = new Y.Doc()
    Y.applyUpdate(merged, Y.mergeUpdates([ascending, more]))
    expect(Y.decodeStateVector(Y.encodeStateVector(merged)).has(2)).toBe(false)
    expect(() => decodeUpdate(ascending)).toThrow(expect.objectContaining({ code: 'malformed-message' }))
  })

  test('clocks beyond what a number counts, where one element would pass for another', () => {
    const update = updateBytes([block(0, { kind: 'gc', length: Number.MAX_SAFE_INTEGER }, text)])
    expect(() => decodeUpdate(update)).toThrow(expect.objectContaining({ code: 'malformed-message' }))
  })

  test('a mass of subdocuments, each a whole Yjs document in memory', () => {
    const doc = item({ kind: 'doc', guid: '', options: {} })
    const update = updateBytes([block(0, ...Array.from({ length: MAX_SUBDOCUMENTS * 2 + 1 }, () => doc))])
    expect(() => decodeUpdate(update)).toThrow(expect.objectContaining({ code: 'malformed-message' }))
  })
})

test('content of every kind is decoded as Yjs does', () => {
  const doc = new Y.Doc()
  const map = doc.getMap('map')
  map.set('nested', new Y.Map([['bytes', new Uint8Array([1, 2])]]))
  map.set('subdocument', new Y.Doc({ meta: { deep: [[['down']]] } }))
  map.set('odd', [undefined, { toJSON: 1, constructor: 'a' }])
  const formatted = doc.getText('text')
  formatted.insert(0, 'text', { bold: { strength: 2 } })
  formatted.insertEmbed(1, { image: 'none' })
  doc.getXmlFragment('xml').insert(0, [new Y.XmlElement('p'), new Y.XmlText('a')])
  map.delete('nested')
  const update = Y.encodeStateAsUpdate(doc)
  expect(JSON.stringify(decodeUpdate(update).structs)).toBe(JSON.stringify(Y.decodeUpdate(update).structs))
})
