// What many channels send over one socket, with a network whose pace the test sets.
import { type ChannelFrame, decodeChannelFrame, encodeChannelFrame } from '@workforce-democracy/shared'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FairSender, Lane, PART_BYTES } from '../../server/src/sync/fair-sender.ts'

/** A network that takes messages when it is told to. */
function slowNetwork() {
  const sent: ChannelFrame[] = []
  const untaken: (() => void)[] = []
  const sender = new FairSender((message, onTaken) => {
    sent.push(decodeChannelFrame(message))
    untaken.push(onTaken)
  })
  return {
    sender,
    /** What was handed to the network so far, in order. */
    sent,
    /** Takes one message; tells whether there was one. */
    take() {
      const onTaken = untaken.shift()
      onTaken?.()
      return onTaken !== undefined
    },
    takeAll() {
      while (this.take());
    },
  }
}

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte)

/** The frames of one channel, put together again. */
function framesOf(sent: readonly ChannelFrame[], channel: number): Uint8Array[] {
  const frames: Uint8Array[] = []
  let parts: Uint8Array[] = []
  for (const frame of sent) {
    if (frame.channel !== channel || !('bytes' in frame)) continue
    parts.push(frame.bytes)
    if (frame.type === 'part') continue
    frames.push(new Uint8Array(Buffer.concat(parts)))
    parts = []
  }
  return frames
}

const goodbye = (channel: number) =>
  encodeChannelFrame({ type: 'close', channel, code: 4409, reason: 'moved' })

test('[P30] whatever channels send arrives whole and in order, and counts until the network has taken it', () => {
  const action = fc.oneof(
    fc.record({ lane: fc.nat(2), bytes: fc.oneof(fc.nat(100), fc.nat(3 * PART_BYTES)) }),
    fc.constant('take' as const),
  )
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), actions => {
      const network = slowNetwork()
      const lanes = [1, 2, 3].map(channel => new Lane(channel, network.sender))
      const given: Uint8Array[][] = [[], [], []]
      for (const [n, each] of actions.entries()) {
        if (each === 'take') network.take()
        else {
          const frame = filled(each.bytes, n)
          given[each.lane]!.push(frame)
          lanes[each.lane]!.send(frame)
        }
        expect(network.sender.bufferedAmount).toBe(lanes.reduce((sum, lane) => sum + lane.bufferedAmount, 0))
      }
      network.takeAll()
      expect(lanes.map(({ bufferedAmount }) => bufferedAmount)).toEqual([0, 0, 0])
      const arrived = [1, 2, 3].map(channel => framesOf(network.sent, channel))
      // Comparing byte by byte in JavaScript would take a minute.
      expect(arrived.map(frames => frames.map(({ length }) => length))).toEqual(
        given.map(frames => frames.map(({ length }) => length)),
      )
      expect(Buffer.concat(arrived.flat()).equals(Buffer.concat(given.flat()))).toBe(true)
      for (const frame of network.sent)
        if ('bytes' in frame) expect(frame.bytes.length).toBeLessThanOrEqual(PART_BYTES)
    }),
    { numRuns: 200 },
  )
})

test('[P30] what is small does not wait behind what is large, nor the second of two large ones for the first', () => {
  const network = slowNetwork()
  const [large, small, other] = [1, 2, 3].map(channel => new Lane(channel, network.sender))
  large!.send(filled(100 * PART_BYTES, 1))
  const handedBefore = network.sent.length
  expect(handedBefore).toBeLessThan(10)
  small!.send(filled(10, 2))
  other!.send(filled(100 * PART_BYTES, 3))
  for (let n = 0; n < 3; n++) network.take()
  expect(network.sent.slice(handedBefore, handedBefore + 3).map(({ channel }) => channel)).toEqual([1, 2, 3])
  for (let n = 0; n < 40; n++) network.take()
  const turns = network.sent.slice(handedBefore + 3).map(({ channel }) => channel)
  expect(
    Math.abs(turns.filter(channel => channel === 1).length - turns.filter(channel => channel === 3).length),
  ).toBeLessThanOrEqual(1)
  expect(large!.bufferedAmount).toBeGreaterThan(70 * PART_BYTES)
  expect(small!.bufferedAmount).toBe(0)
})

test('[P26] a close comes after what was sent before it, or in its place; what was begun then stays incomplete', () => {
  for (const drop of [false, true]) {
    const network = slowNetwork()
    const [lane, other] = [new Lane(1, network.sender), new Lane(2, network.sender)]
    lane.send(filled(20 * PART_BYTES, 1))
    lane.send(filled(5, 1))
    const handedBefore = network.sent.length
    lane.end(goodbye(1), { drop })
    expect(lane.bufferedAmount).toBe(drop ? handedBefore * PART_BYTES : 20 * PART_BYTES + 5)
    other.send(filled(5, 2))
    network.takeAll()
    expect(framesOf(network.sent, 1)).toHaveLength(drop ? 0 : 2)
    expect(network.sent.filter(({ channel }) => channel === 1).at(-1)).toMatchObject({
      type: 'close',
      code: 4409,
    })
    expect(framesOf(network.sent, 2)).toEqual([filled(5, 2)])
    expect(network.sender.bufferedAmount).toBe(0)
  }
})

test('[P20] before a socket is closed all that waits goes out', () => {
  const network = slowNetwork()
  const lanes = [1, 2].map(channel => new Lane(channel, network.sender))
  for (const lane of lanes) lane.send(filled(20 * PART_BYTES, 1))
  network.sender.flush()
  expect([1, 2].map(channel => framesOf(network.sent, channel).length)).toEqual([1, 1])
})
