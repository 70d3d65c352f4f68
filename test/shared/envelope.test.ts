import { createHash } from 'node:crypto'
import {
  errorCode,
  NONCE_BYTES,
  openEnvelope,
  pad,
  paddedLength,
  sealEnvelope,
  unpad,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { beforeAll, describe, expect, it } from 'vitest'

// The same construction that devices use.
const aead = {
  encrypt: (plaintext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array, key: Uint8Array) =>
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associatedData, null, nonce, key),
  decrypt: (ciphertext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array, key: Uint8Array) =>
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, associatedData, nonce, key),
}
const key = bytesOf('key', 32)
const nonce = bytesOf('nonce', NONCE_BYTES)
const context = ['store-1', 'votes', 'row-7']
const plaintext = new TextEncoder().encode('["hr8-118",1024,"aaaaaaaa",{"choice":"yes"}]')
const sealed = () => sealEnvelope({ aead, key, nonce, epoch: 3, context, plaintext })
const opening = { aead, key, epoch: 3, context }

beforeAll(() => sodium.ready)

describe('envelopes', () => {
  it('[E1] [E3] open to what was sealed, for any content, context, epoch and floor', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4000 }),
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.nat({ max: 2 ** 31 }),
        fc.nat({ max: 2048 }),
        (content, parts, epoch, padTo) => {
          const envelope = sealEnvelope({
            aead,
            key,
            nonce,
            epoch,
            context: parts,
            plaintext: content,
            padTo,
          })
          expect(openEnvelope({ aead, key, epoch, context: parts, envelope })).toEqual(content)
        },
      ),
    )
  })

  it('[E2] begin with version, epoch in big-endian and nonce', () => {
    expect([...sealed().subarray(0, 29)]).toEqual([1, 0, 0, 0, 3, ...nonce])
  })

  it('[E2] are byte for byte what they were: a change of the format needs a new version', () => {
    expect(createHash('sha256').update(sealed()).digest('hex')).toBe(
      '4cbb37aac3b6d93103a8dad314c8c371802fa640d08ea218fe4bde56112d4684',
    )
  })

  it('[E4] do not open with any bit flipped', () => {
    const envelope = sealEnvelope({ aead, key, nonce, epoch: 3, context, plaintext, padTo: 0 })
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const flipped = envelope.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(codeOfOpening({ envelope: flipped })).toBe('envelope-damaged')
    }
  })

  it('[E4] do not open cut at any length, or with a byte more', () => {
    const envelope = sealed()
    for (let length = 0; length < envelope.length; length++)
      expect(codeOfOpening({ envelope: envelope.slice(0, length) })).toBe('envelope-damaged')
    expect(codeOfOpening({ envelope: new Uint8Array([...envelope, 0]) })).toBe('envelope-damaged')
  })

  it('[E4] do not open with another key or epoch', () => {
    expect(codeOfOpening({ key: bytesOf('other', 32) })).toBe('envelope-damaged')
    expect(codeOfOpening({ epoch: 4 })).toBe('envelope-damaged')
  })

  it('[E3] do not open in any other context, also one whose parts run together to the same text', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (sealedIn, openedIn) => {
        fc.pre(JSON.stringify(sealedIn) !== JSON.stringify(openedIn))
        const envelope = sealEnvelope({ aead, key, nonce, epoch: 0, context: sealedIn, plaintext, padTo: 64 })
        expect(codeOfOpening({ epoch: 0, context: openedIn, envelope })).toBe('envelope-damaged')
      }),
    )
    for (const other of [
      ['store-1', 'votes', 'row-', '7'],
      ['store-1', 'votesrow-7'],
      ['store-1', 'votes'],
      [],
    ])
      expect(codeOfOpening({ context: other })).toBe('envelope-damaged')
  })

  it('[E3] refuse a context that UTF-8 cannot tell from another', () => {
    expect(() => sealEnvelope({ aead, key, nonce, epoch: 0, context: ['\ud800'], plaintext })).toThrow(
      RangeError,
    )
  })

  it('[E2] refuse to be sealed with a nonce or an epoch out of range', () => {
    expect(() => sealEnvelope({ aead, key, nonce: nonce.slice(1), epoch: 0, context, plaintext })).toThrow(
      RangeError,
    )
    for (const epoch of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(() => sealEnvelope({ aead, key, nonce, epoch, context, plaintext })).toThrow(RangeError)
  })

  function codeOfOpening(change: Partial<Parameters<typeof openEnvelope>[0]>): string {
    try {
      openEnvelope({ ...opening, envelope: sealed(), ...change })
      return 'opened'
    } catch (error) {
      return errorCode(error)
    }
  }
})

describe('padding', () => {
  it('[E5] comes off again, whatever the content ends with', () => {
    const ending = fc.array(fc.constantFrom(0, 0x80), { maxLength: 40 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), ending, fc.nat({ max: 2048 }), (start, end, floor) => {
        const content = new Uint8Array([...start, ...end])
        const padded = pad(content, floor)
        expect(padded.length).toBe(paddedLength(content.length + 1, floor))
        expect(unpad(padded)).toEqual(content)
      }),
    )
  })

  it('[E5] is missing from bytes without the mark', () => {
    expect(unpad(new Uint8Array(0))).toBeUndefined()
    expect(unpad(new Uint8Array(10))).toBeUndefined()
    expect(unpad(new Uint8Array([0x80, 1, 0]))).toBeUndefined()
  })

  it('[E6] makes everything up to the floor one length', () => {
    expect(new Set(Array.from({ length: 1025 }, (_, n) => paddedLength(n)))).toEqual(new Set([1024]))
  })

  it('[E6] above the floor adds at most 12 % and never shrinks, in the lengths of the PADMÉ paper', () => {
    expect([9, 17, 33, 1025, 10_000, 1_000_000].map(n => paddedLength(n, 0))).toEqual([
      10, 18, 36, 1088, 10_240, 1_015_808,
    ])
    fc.assert(
      fc.property(fc.integer({ min: 1025, max: 2 ** 40 }), n => {
        const padded = paddedLength(n)
        expect(padded).toBeGreaterThanOrEqual(n)
        expect(padded).toBeLessThanOrEqual(n * 1.12)
        expect(paddedLength(padded)).toBe(padded)
      }),
    )
  })

  it('[E6] tells apart 97 lengths up to 64 KiB, not 65,536', () => {
    const lengths = new Set(Array.from({ length: 65_536 }, (_, n) => paddedLength(n + 1)))
    expect(lengths.size).toBe(97)
  })
})

/** `length` reproducible bytes. */
function bytesOf(seed: string, length: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(seed).digest().subarray(0, length))
}
