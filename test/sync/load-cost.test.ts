// What a document may cost Yjs is never counted lower than it is, and honest documents are not taken for costly ones.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { RegisterArray } from '@workforce-democracy/shared'
import fc from 'fast-check'
import { writeVarUint } from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { docOf } from '../../server/src/documents/document-reader.ts'
import { decodeUpdate } from '../../server/src/sync/decoded-update.ts'
import { KnownState, MAX_UNTRIED_STEPS, type Verdict } from '../../server/src/sync/known-state.ts'
import { loadStepsOf } from '../../server/src/sync/load-cost.ts'
import { BOMBS, countSteps, deletionBomb } from '../support/bombs.ts'
import { type Id, type StructSpec, updateBytes } from '../support/update-bytes.ts'

const stepsTaken = (updates: readonly Uint8Array[]) => {
  using steps = countSteps()
  docOf(updates).destroy()
  return steps.taken
}

/** Each element may be looked at once without anything else at its place. */
const countedFor = (updates: readonly Uint8Array[]) =>
  loadStepsOf(updates) + updates.reduce((sum, update) => sum + decodeUpdate(update).structs.length, 0)

/** Takes in updates one by one; returns what they were. */
function verdictsOf(updates: readonly Uint8Array[], known = new KnownState()): Verdict[] {
  return updates.map(update => {
    const decoded = decodeUpdate(update)
    const verdict = known.assess(decoded)
    if (verdict === 'fits' || verdict === 'untried') known.add(decoded)
    return verdict
  })
}

describe('[P31] a document that may cost Yjs much is not taken without being tried', () => {
  test.each(Object.entries(BOMBS))('%s', (_name, bomb) => {
    expect(verdictsOf(bomb(4_000))).toContain('untried')
    const small = bomb(300)
    expect(stepsTaken(small)).toBeLessThanOrEqual(countedFor(small))
  })

  test('split over many updates, also when the room is loaded anew between them', () => {
    const blocks = BOMBS['the same origin'](4_000)
    const pieces = blocks.flatMap(update => piecesOf(update, 100))
    let known = new KnownState()
    const verdicts = pieces.flatMap(piece => {
      const verdict = verdictsOf([piece], known)
      known = KnownState.decode(known.encode())
      return verdict
    })
    expect(verdicts[0]).toBe('fits')
    expect(verdicts).toContain('untried')
  })

  test('and after it was tried it may cost as much again as need not be tried, and no more', () => {
    const known = new KnownState()
    const [first, second] = BOMBS['the same origin'](4_000).map(decodeUpdate)
    known.add(first!)
    expect(known.assess(second!)).toBe('untried')
    known.tried(second!)
    expect(known.assess(second!)).toBe('fits')
    known.add(second!)
    const more = piecesOf(BOMBS['the same origin'](8_000)[1]!, 50).slice(4_000 / 50)
    const verdicts = verdictsOf(more, KnownState.decode(known.encode()))
    const free = verdicts.indexOf('untried')
    // Each piece has 50 elements that may cost as many steps as there are elements, some 8,000.
    expect(free).toBeGreaterThan(1)
    expect(free).toBeLessThan((2 * MAX_UNTRIED_STEPS) / (50 * 8_000))
  })
})

test('[P31] many deletions that cut one element in pieces are tried, too', () => {
  expect(verdictsOf(deletionBomb(30_000))).toEqual(['fits', 'untried'])
})

/** Elements of four clients, each behind or before whichever there are. */
const placesArbitrary = fc.array(
  fc.record({
    client: fc.integer({ min: 1, max: 4 }),
    length: fc.integer({ min: 1, max: 3 }),
    origin: fc.option(fc.nat(1_000), { freq: 8 }),
    rightOrigin: fc.option(fc.nat(1_000)),
    parentSub: fc.option(fc.constantFrom('a', 'b')),
    deletes: fc.option(fc.nat(1_000)),
  }),
  { minLength: 2, maxLength: 60 },
)

test('[P31] Yjs never takes more steps than are counted, also when it loads what it has made of them', () => {
  fc.assert(
    fc.property(placesArbitrary, places => {
      const ids: Id[] = []
      const endByClient = new Map<number, number>()
      const updates = places.map(({ client, length, origin, rightOrigin, parentSub, deletes }) => {
        const at = (n: number | null) => (n === null || ids.length === 0 ? undefined : ids[n % ids.length])
        const clock = endByClient.get(client) ?? 0
        const struct: StructSpec = {
          kind: 'item',
          ...{ origin: at(origin), rightOrigin: at(rightOrigin), parent: 'a' },
          ...(parentSub !== null && { parentSub }),
          content: { kind: 'string', text: 'x'.repeat(length) },
        }
        const deleted = at(deletes)
        endByClient.set(client, clock + length)
        for (let n = 0; n < length; n++) ids.push([client, clock + n])
        return updateBytes(
          [{ client, clock, structs: [struct] }],
          deleted ? [{ client: deleted[0], spans: [[deleted[1], 1]] }] : [],
        )
      })
      const known = new KnownState()
      for (const update of updates) {
        expect(known.assess(decodeUpdate(update))).toBe('fits')
        known.add(decodeUpdate(update))
      }
      expect(stepsTaken(updates)).toBeLessThanOrEqual(countedFor(updates))
      const doc = docOf(updates)
      const whole = [Y.encodeStateAsUpdate(doc)]
      expect(doc.store.pendingStructs).toBeNull()
      expect(stepsTaken(whole)).toBeLessThanOrEqual(countedFor(whole))
      expect(stepsTaken(whole)).toBeLessThanOrEqual(countedFor(updates))
    }),
    { numRuns: 300 },
  )
})

describe('[P31] honest documents are taken without being tried', () => {
  test('a thousand devices that were away, and each bring what they wrote', () => {
    const base = new RegisterArray(new Y.Doc())
    base.write(registersOf('base', 20))
    const known = new KnownState()
    const before = Y.encodeStateAsUpdate(base.doc)
    expect(verdictsOf([before], known)).toEqual(['fits'])
    for (let device = 0; device < 1_000; device++) {
      const doc = docOf([before])
      const own = new RegisterArray(doc)
      own.write(registersOf(`device${device}`, 3))
      const update = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(base.doc))
      expect(verdictsOf([update], known)).toEqual(['fits'])
      own.destroy()
      doc.destroy()
    }
  })

  test('ten thousand sessions one after the other, however often their room is loaded anew', () => {
    let known = new KnownState()
    for (let session = 0; session < 10_000; session++) {
      // Each pushes one register and deletes the one it supersedes.
      const [client, superseded] = [1_000 + session, 1_000 + session - 50]
      const place = session === 0 ? { parent: 'registers' } : { origin: [client - 1, 0] as const }
      const values = [[`key${session % 50}`, session + 1, 'device01', session]]
      const update = updateBytes(
        [{ client, clock: 0, structs: [{ kind: 'item', ...place, content: { kind: 'any', values } }] }],
        superseded < 1_000 ? [] : [{ client: superseded, spans: [[0, 1]] }],
      )
      const decoded = decodeUpdate(update)
      expect(known.assess(decoded)).toBe('fits')
      known.add(decoded)
      if (session % 500 === 0) known = KnownState.decode(known.encode())
    }
  })
})

const CRDT_DATA = new URL('../../../shared/data/crdt/', import.meta.url)

test.skipIf(!existsSync(CRDT_DATA))(
  '[P31] documents of text editors are taken, tried or not (skipped without ../shared/data/crdt)',
  () => {
    for (const name of readdirSync(CRDT_DATA).filter(each => each.endsWith('.bin'))) {
      const update = readFileSync(new URL(name, CRDT_DATA))
      const decoded = tryDecode(update)
      if (!decoded) continue
      expect([name, new KnownState().assess(decoded)]).toEqual([
        name,
        expect.stringMatching(/^(fits|untried)$/),
      ])
    }
  },
)

function tryDecode(update: Uint8Array) {
  try {
    return decodeUpdate(update)
  } catch {
    return undefined
  }
}

const registersOf = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...{ key: `${prefix}-${n}`, stamp: n + 1, device: 'device01', value: n },
  }))

/** An update of one client, cut. */
function piecesOf(update: Uint8Array, structs: number): Uint8Array[] {
  const [first] = decodeUpdate(update).structs
  const end = Y.decodeStateVector(Y.encodeStateVectorFromUpdate(update)).get(first!.id.client)!
  const pieces: Uint8Array[] = []
  for (let clock = 0; clock < end; clock += structs) {
    const whole = decodeUpdate(update).structs.filter(
      ({ id }) => id.clock >= clock && id.clock < clock + structs,
    )
    pieces.push(encoded(whole))
  }
  return pieces
}

function encoded(structs: readonly (Y.Item | Y.GC | Y.Skip)[]): Uint8Array {
  const encoder = new Y.UpdateEncoderV1()
  const { client, clock } = structs[0]!.id
  for (const number of [1, structs.length, client, clock]) writeVarUint(encoder.restEncoder, number)
  for (const struct of structs) struct.write(encoder, 0)
  writeVarUint(encoder.restEncoder, 0)
  return encoder.toUint8Array()
}
