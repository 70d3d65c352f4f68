// What the keys of an account refuse: any other bit, place, kind, epoch, vault, device and account.
import { errorCode, type SignedRecord } from '@workforce-democracy/shared'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openKeys } from '../../client-sdk/src/account/opened-keys.ts'
import { signRecord, verifyRecord } from '../../client-sdk/src/keys/account-record.ts'
import * as argon2 from '../../client-sdk/src/keys/argon2id.ts'
import { fromBase64Url, toBase64Url } from '../../client-sdk/src/keys/bytes.ts'
import { createDeviceKey, devicePublicKey, deviceSecretKey } from '../../client-sdk/src/keys/device-key.ts'
import { documentKey } from '../../client-sdk/src/keys/document-key.ts'
import { type BundleLock, openBundle, sealBundle } from '../../client-sdk/src/keys/key-bundle.ts'
import { derivePasswordKeys } from '../../client-sdk/src/keys/password-keys.ts'
import { createRecoveryCode, deriveRecoveryKeys } from '../../client-sdk/src/keys/recovery-code.ts'
import { openSealedKey, sealAccountKey } from '../../client-sdk/src/keys/sealed-key.ts'
import { loadSodium, type Sodium } from '../../client-sdk/src/keys/sodium.ts'
import { createVault, currentAccountKey, type Vault, withNextEpoch } from '../../client-sdk/src/keys/vault.ts'
import { codeOf } from './clients.ts'

let sodium: Sodium
beforeAll(async () => {
  sodium = await loadSodium()
})

const flipped = (text: string, bit: number) => {
  const bytes = fromBase64Url(text)!
  bytes[bit >> 3]! ^= 1 << (bit & 7)
  return toBase64Url(bytes)
}
const bitsOf = (text: string) => fromBase64Url(text)!.length * 8
const anyKey = () => sodium.randomBytes(32)
/** A person with one device. */
function person(vault: Vault = createVault(sodium), identitySecret = anyKey()) {
  const device = createDeviceKey(sodium, Date.now())
  const publicKey = devicePublicKey(sodium, device)
  const lock: BundleLock = { kind: 'password', key: anyKey() }
  const record = (number: number, of = vault) =>
    signRecord(sodium, {
      vault: of,
      number,
      identitySecret,
      devices: [{ id: device.id, publicKey: toBase64Url(publicKey) }],
    })
  const bundle = (recordNumber: number, of = vault) =>
    sealBundle(sodium, { vault: of, identitySecret, recordNumber }, lock)
  return { vault, identitySecret, device, publicKey, lock, record, bundle }
}

describe('a vault', () => {
  it('[K1] has a key of its own for each epoch and document, and an id, that no other has', () => {
    const vault = createVault(sodium)
    const next = withNextEpoch(sodium, vault)
    expect(vault.accountKeys.map(({ epoch }) => epoch)).toEqual([0])
    expect(next.accountKeys.map(({ epoch }) => epoch)).toEqual([0, 1])
    expect(next.accountKeys[0]).toBe(vault.accountKeys[0])
    const keys = [vault, next, createVault(sodium)].flatMap(each =>
      (['votes', 'notes'] as const).map(name =>
        toBase64Url(documentKey(sodium, currentAccountKey(each), name)),
      ),
    )
    expect(new Set(keys).size).toBe(6)
    expect(createVault(sodium).id).not.toBe(vault.id)
  })

  it('[K3] a device id is a UUIDv7 that begins with its time', () => {
    const { id } = createDeviceKey(sodium, Date.UTC(2026, 0, 2, 3, 4, 5))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
  })
})

describe('a password', () => {
  it('[A3] [K2] parameters outside the bounds are refused before anything is derived', async () => {
    const derive = vi.fn(argon2.argon2id)
    vi.doMock('hash-wasm', () => ({ argon2id: derive }))
    const safe = { seed: toBase64Url(new Uint8Array(16)), memoryKiB: 65_536, iterations: 3, parallelism: 1 }
    const outside = fc.oneof(
      fc.record({ memoryKiB: fc.oneof(fc.integer({ max: 65_535 }), fc.integer({ min: 1_048_577 })) }),
      fc.record({ iterations: fc.oneof(fc.integer({ max: 2 }), fc.integer({ min: 11 })) }),
      fc.record({ parallelism: fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 5 })) }),
      fc.record({ memoryKiB: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 65_536.5) }),
      fc.record({
        seed: fc
          .uint8Array({ maxLength: 40 })
          .filter(({ length }) => length !== 16)
          .map(toBase64Url),
      }),
    )
    await fc.assert(
      fc.asyncProperty(outside, async parameters => {
        const derived = derivePasswordKeys(sodium, 'a made-up password', { ...safe, ...parameters })
        expect(await codeOf(derived)).toBe('unsafe-derivation')
      }),
    )
    expect(derive).not.toHaveBeenCalled()
    vi.doUnmock('hash-wasm')
  })
})

describe('a sealed key', () => {
  it('[K5] opens for its device, vault and epoch, and for no other', () => {
    const { vault, device, publicKey } = person()
    const accountKey = currentAccountKey(withNextEpoch(sodium, vault))
    const sealedKey = sealAccountKey(sodium, { vaultId: vault.id, accountKey, publicKey })
    const right = { vaultId: vault.id, epoch: 1, sealedKey, secretKey: deviceSecretKey(sodium, device) }
    expect(openSealedKey(sodium, right)).toEqual(accountKey)
    expect(openSealedKey(sodium, { ...right, epoch: 0 })).toBeUndefined()
    expect(openSealedKey(sodium, { ...right, vaultId: createVault(sodium).id })).toBeUndefined()
    const other = deviceSecretKey(sodium, createDeviceKey(sodium, 0))
    expect(openSealedKey(sodium, { ...right, secretKey: other })).toBeUndefined()
  })

  it('[K5] does not open with any bit flipped, or cut', () => {
    const { vault, device, publicKey } = person()
    const accountKey = currentAccountKey(vault)
    const sealedKey = sealAccountKey(sodium, { vaultId: vault.id, accountKey, publicKey })
    const right = { vaultId: vault.id, epoch: 0, secretKey: deviceSecretKey(sodium, device) }
    for (let bit = 0; bit < bitsOf(sealedKey); bit++)
      expect(openSealedKey(sodium, { ...right, sealedKey: flipped(sealedKey, bit) })).toBeUndefined()
    for (let length = 0; length < sealedKey.length; length++)
      expect(openSealedKey(sodium, { ...right, sealedKey: sealedKey.slice(0, length) })).toBeUndefined()
  })
})

describe('a bundle', () => {
  const opens = (sealed: string, place: { vaultId: string; epoch: number }, lock: BundleLock): string => {
    try {
      openBundle(sodium, sealed, place, lock)
      return 'opens'
    } catch (error) {
      return errorCode(error)
    }
  }

  it('[K6] opens in its place, and in no other vault, epoch or kind, and with no other key', () => {
    const { vault, lock, bundle } = person()
    const place = { vaultId: vault.id, epoch: 0 }
    const sealed = bundle(1)
    expect(opens(sealed, place, lock)).toBe('opens')
    expect(opens(sealed, { ...place, epoch: 1 }, lock)).toBe('envelope-damaged')
    expect(opens(sealed, { ...place, vaultId: createVault(sodium).id }, lock)).toBe('envelope-damaged')
    expect(opens(sealed, place, { ...lock, kind: 'recovery' })).toBe('envelope-damaged')
    expect(opens(sealed, place, { ...lock, key: anyKey() })).toBe('envelope-damaged')
  })

  it('[K6] does not open with any bit flipped', () => {
    const { vault, lock, bundle } = person()
    const sealed = bundle(1)
    // Every third: all of them, for any envelope, are E4's.
    for (let bit = 0; bit < bitsOf(sealed); bit += 3)
      expect(opens(flipped(sealed, bit), { vaultId: vault.id, epoch: 0 }, lock)).toBe('envelope-damaged')
  })
})

describe('a record', () => {
  const refusalOf = (...args: Parameters<typeof verifyRecord>) => {
    const verdict = verifyRecord(...args)
    return verdict.ok ? 'believed' : verdict.refusal
  }

  it('[K4] [K8] is not believed with any bit of body or signature flipped', () => {
    const { signed } = person().record(1)
    for (const part of ['body', 'signature'] as const)
      for (let bit = 0; bit < bitsOf(signed[part]); bit++) {
        const changed: SignedRecord = { ...signed, [part]: flipped(signed[part], bit) }
        expect(['malformed', 'unsigned']).toContain(refusalOf(sodium, changed, undefined))
      }
  })

  it('[K4] is not believed in another than the canonical form, though it be signed', () => {
    const { identitySecret, record } = person()
    const { body } = record(1)
    const text = `${JSON.stringify(body)} `
    const bytes = new Uint8Array(Buffer.from(text))
    const message = new Uint8Array([...Buffer.from('workforce-democracy account record 1\n'), ...bytes])
    const signature = toBase64Url(sodium.ed25519.sign(message, identitySecret))
    expect(refusalOf(sodium, { body: toBase64Url(bytes), signature }, undefined)).toBe('malformed')
  })

  it('[K8] is followed to a higher number only, of the same identity and vault', () => {
    const one = person()
    const pinned = one.record(5)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), number => {
        const expected = number > 5 ? 'believed' : 'older'
        expect(refusalOf(sodium, one.record(number).signed, pinned)).toBe(expected)
      }),
    )
    expect(refusalOf(sodium, pinned.signed, pinned)).toBe('believed')
    expect(refusalOf(sodium, person(one.vault).record(6).signed, pinned)).toBe('other-identity')
    const otherVault = person(undefined, one.identitySecret)
    expect(refusalOf(sodium, otherVault.record(6).signed, pinned)).toBe('other-identity')
  })

  it('[K9] without one pinned is believed only with a bundle of its identity, vault, epoch and number', () => {
    const one = person()
    const code = (record: SignedRecord, bundle: string, lock = one.lock) => {
      try {
        openKeys(sodium, { record, bundle, lock, pinned: undefined })
        return 'believed'
      } catch (error) {
        return errorCode(error)
      }
    }
    expect(code(one.record(4).signed, one.bundle(4))).toBe('believed')
    expect(code(one.record(4).signed, one.bundle(3))).toBe('believed')
    expect(code(one.record(4).signed, one.bundle(5))).toBe('record-refused')
    expect(code(person(one.vault).record(4).signed, one.bundle(4))).toBe('record-refused')
    expect(code(person().record(4).signed, one.bundle(4))).toBe('envelope-damaged')
    const next = withNextEpoch(sodium, one.vault)
    expect(code(one.record(5, next).signed, one.bundle(4))).toBe('envelope-damaged')
    expect(code(one.record(5, next).signed, one.bundle(5, next))).toBe('believed')
  })
})

describe('a recovery code', () => {
  const codeOfTyped = (typed: string) => codeOf(() => deriveRecoveryKeys(sodium, typed))

  it('[K7] is read as it was meant', () => {
    for (let i = 0; i < 50; i++) {
      const code = createRecoveryCode(sodium)
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/)
      const { recoverySecret } = deriveRecoveryKeys(sodium, code)
      const typed = ` ${code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('-', ' ')}\n`
      expect(deriveRecoveryKeys(sodium, typed).recoverySecret).toBe(recoverySecret)
      expect(deriveRecoveryKeys(sodium, code.replaceAll('1', 'I')).recoverySecret).toBe(recoverySecret)
    }
  })

  it('[K7] is refused with any character another, missing, or changed with its neighbour', async () => {
    const code = createRecoveryCode(sodium).replaceAll('-', '')
    for (let i = 0; i < code.length; i++) {
      for (const other of '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.replace(code[i]!, ''))
        expect(await codeOfTyped(code.slice(0, i) + other + code.slice(i + 1))).toBe('wrong-recovery-code')
      expect(await codeOfTyped(code.slice(0, i) + code.slice(i + 1))).toBe('wrong-recovery-code')
      const swapped = code.slice(0, i) + (code[i + 1] ?? '') + code[i] + code.slice(i + 2)
      if (swapped !== code) expect(await codeOfTyped(swapped)).toBe('wrong-recovery-code')
    }
    for (const typed of ['', 'U'.repeat(36), 'a password', code.repeat(2)])
      expect(await codeOfTyped(typed)).toBe('wrong-recovery-code')
  })
})
