import {
  type ChannelFrame,
  decodeChannelFrame,
  encodeChannelFrame,
  errorCode,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const channel = fc.maxSafeNat()
const bytes = fc.uint8Array({ maxLength: 300 })
const text = fc.string({ unit: 'grapheme' })
const frame: fc.Arbitrary<ChannelFrame> = fc.oneof(
  fc.record({ type: fc.constant('open' as const), channel, target: text }),
  fc.record({ type: fc.constant('data' as const), channel, bytes }),
  fc.record({ type: fc.constant('part' as const), channel, bytes }),
  fc.record({ type: fc.constant('close' as const), channel, code: fc.maxSafeNat(), reason: text }),
)
const named = frame.filter(({ type }) => type === 'open' || type === 'close')

describe('channel frames', () => {
  it('[P24] decode to what was encoded', () => {
    fc.assert(
      fc.property(frame, each => {
        expect(decodeChannelFrame(encodeChannelFrame(each))).toEqual(each)
      }),
      { numRuns: 500 },
    )
  })

  it('[P26] that end early are malformed', () => {
    fc.assert(
      fc.property(named, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (each, part) => {
        const message = encodeChannelFrame(each)
        expect(outcomeOf(message.subarray(0, Math.floor(message.length * part)))).toBe('malformed-message')
      }),
    )
  })

  it('[P26] cut short inside a larger buffer never show what lies behind them', () => {
    const message = encodeChannelFrame({ type: 'open', channel: 1, target: 'votes' })
    const pool = new Uint8Array(100).fill(97)
    pool.set(message, 10)
    expect(outcomeOf(pool.subarray(10, 10 + message.length - 1))).toBe('malformed-message')
    const data = encodeChannelFrame({ type: 'data', channel: 1, bytes: new Uint8Array(5) })
    pool.set(data, 50)
    expect(decodeChannelFrame(pool.subarray(50, 50 + data.length - 2))).toMatchObject({
      bytes: new Uint8Array(3),
    })
  })

  it('[P26] of any bytes give a channel frame or malformed-message, never another error', () => {
    for (const message of [
      [],
      [0],
      [1],
      [4, 1],
      [0, 1, 1, 0xff],
      [2, 1, 1],
      [255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    ])
      expect(outcomeOf(new Uint8Array(message))).toBe('malformed-message')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), message => {
        expect(['decoded', 'malformed-message']).toContain(outcomeOf(message))
      }),
      { numRuns: 2000 },
    )
  })

  it('[P24] that open or close may be longer than what is known of them', () => {
    fc.assert(
      fc.property(named, bytes, (each, more) => {
        expect(decodeChannelFrame(new Uint8Array([...encodeChannelFrame(each), ...more]))).toEqual(each)
      }),
    )
  })

  it('[P24] are the bytes that SPEC.md gives', () => {
    const frames: ChannelFrame[] = [
      { type: 'open', channel: 300, target: 'ab' },
      { type: 'data', channel: 1, bytes: new Uint8Array([3]) },
      { type: 'close', channel: 1, code: 4409, reason: 'a' },
      { type: 'part', channel: 1, bytes: new Uint8Array([3]) },
    ]
    expect(frames.map(each => [...encodeChannelFrame(each)])).toEqual([
      [0, 172, 2, 2, 97, 98],
      [1, 1, 3],
      [2, 1, 185, 34, 1, 97],
      [3, 1, 3],
    ])
  })
})

function outcomeOf(message: Uint8Array): string {
  try {
    decodeChannelFrame(message)
    return 'decoded'
  } catch (error) {
    return errorCode(error)
  }
}
