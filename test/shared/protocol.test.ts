import {
  countedFrameType,
  decodeMessage,
  EMPTY_UPDATE,
  encodeMessage,
  errorCode,
  type Message,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import * as awareness from 'y-protocols/awareness'
import * as sync from 'y-protocols/sync'
import * as Y from 'yjs'

const bytes = fc.uint8Array({ maxLength: 300 })
const count = fc.maxSafeNat()
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('step1' as const), stateVector: bytes }),
  fc.record({ type: fc.constant('step2' as const), update: bytes }),
  fc.record({ type: fc.constant('update' as const), update: bytes }),
  fc.record({ type: fc.constant('awareness' as const), update: bytes }),
  fc.constant({ type: 'query-awareness' as const }),
  fc.record({ type: fc.constant('renew-token' as const), accessToken: fc.string({ unit: 'grapheme' }) }),
  fc.record({ type: fc.constant('durable' as const), count, position: count, receipt: bytes }),
  fc.record({ type: fc.constant('moved' as const), generation: count }),
)

describe('frames', () => {
  it('[P1] [T2] of durable updates come with a receipt or without', () => {
    fc.assert(
      fc.property(count, count, (count, position) => {
        const plain = { type: 'durable', count, position } as const
        expect(decodeMessage(encodeMessage(plain))).toEqual(plain)
      }),
    )
  })

  it('[P1] decode to what was encoded', () => {
    fc.assert(
      fc.property(message, each => {
        expect(decodeMessage(encodeMessage(each))).toEqual(each)
      }),
      { numRuns: 500 },
    )
  })

  it('[P1] cut short are malformed', () => {
    fc.assert(
      fc.property(message, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (each, part) => {
        // A receipt may be left away whole, and then the frame is one without.
        const { receipt: _, ...plain } = { receipt: undefined, ...each }
        const frame = encodeMessage(plain as Message)
        expect(codeOfDecoding(frame.subarray(0, Math.floor(frame.length * part)))).toBe('malformed-message')
      }),
    )
  })

  it('[P1] cut short inside a larger buffer never show what lies behind them', () => {
    const pool = new Uint8Array(1000).fill(7)
    const frame = encodeMessage({ type: 'update', update: new Uint8Array(100) })
    pool.set(frame, 10)
    expect(codeOfDecoding(pool.subarray(10, 10 + frame.length - 1))).toBe('malformed-message')
    expect(codeOfDecoding(pool.subarray(10, 10 + frame.length))).toBe('decoded')
  })

  it('[P1] of unknown type, or of any bytes, give a message or malformed-message, never another error', () => {
    for (const frame of [
      [],
      [6],
      [0, 3, 0],
      [2, 0, 0],
      [2, 2],
      [255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    ])
      expect(codeOfDecoding(new Uint8Array(frame))).toBe('malformed-message')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), frame => {
        expect(['decoded', 'malformed-message']).toContain(codeOfDecoding(frame))
      }),
      { numRuns: 2000 },
    )
  })

  it('[P1] [P6] may be longer than what is known of them', () => {
    fc.assert(
      fc.property(message, bytes, (each, more) => {
        expect(decodeMessage(new Uint8Array([...encodeMessage(each), ...more]))).toEqual(each)
      }),
    )
  })

  it('[P6] count as step 2 or update, or not at all', () => {
    fc.assert(
      fc.property(message, each => {
        const counted = each.type === 'step2' || each.type === 'update' ? each.type : undefined
        expect(countedFrameType(encodeMessage(each))).toBe(counted)
      }),
    )
  })

  it('[P6] [P7] [P8] of this project are the bytes that SPEC.md gives', () => {
    expect([...encodeMessage({ type: 'durable', count: 3, position: 300 })]).toEqual([4, 3, 172, 2])
    expect([...encodeMessage({ type: 'moved', generation: 2 })]).toEqual([5, 2])
    expect([...encodeMessage({ type: 'renew-token', accessToken: 'ab' })]).toEqual([2, 1, 2, 97, 98])
  })
})

describe('frames of y-protocols', () => {
  const doc = new Y.Doc()
  doc.getArray('registers').push([['hr8-118', 5, 'aaaaaaaa', { choice: 'yes' }]])
  const update = Y.encodeStateAsUpdate(doc)

  it('[P2] [P3] [P4] are the same bytes for step 1, step 2 and update', () => {
    expect(encodeMessage({ type: 'step1', stateVector: Y.encodeStateVector(doc) })).toEqual(
      framed(0, encoder => sync.writeSyncStep1(encoder, doc)),
    )
    expect(encodeMessage({ type: 'step2', update })).toEqual(
      framed(0, encoder => sync.writeSyncStep2(encoder, doc)),
    )
    expect(encodeMessage({ type: 'update', update })).toEqual(
      framed(0, encoder => sync.writeUpdate(encoder, update)),
    )
  })

  it('[P2] [P3] are read by y-protocols, and its answer is read here', () => {
    const empty = new Y.Doc()
    const question = decoding.createDecoder(
      encodeMessage({ type: 'step1', stateVector: Y.encodeStateVector(empty) }),
    )
    expect(decoding.readVarUint(question)).toBe(0)
    const answer = decodeMessage(framed(0, encoder => sync.readSyncMessage(question, encoder, doc, null)))
    expect(answer).toEqual({ type: 'step2', update })

    const frame = decoding.createDecoder(encodeMessage({ type: 'step2', update }))
    decoding.readVarUint(frame)
    sync.readSyncMessage(frame, encoding.createEncoder(), empty, null)
    expect(empty.getArray('registers').toJSON()).toEqual(doc.getArray('registers').toJSON())
  })

  it('[P5] are the same bytes for awareness', () => {
    const presence = new awareness.Awareness(doc)
    const state = awareness.encodeAwarenessUpdate(presence, [doc.clientID])
    presence.destroy()
    expect(encodeMessage({ type: 'awareness', update: state })).toEqual(
      framed(1, encoder => encoding.writeVarUint8Array(encoder, state)),
    )
    expect([...encodeMessage({ type: 'query-awareness' })]).toEqual([3])
  })

  it('[P3] know an update that holds nothing', () => {
    expect(EMPTY_UPDATE).toEqual(Y.encodeStateAsUpdate(new Y.Doc()))
  })
})

function framed(type: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeVarUint(encoder, type)
    write(encoder)
  })
}

function codeOfDecoding(frame: Uint8Array): string {
  try {
    decodeMessage(frame)
    return 'decoded'
  } catch (error) {
    return errorCode(error)
  }
}
