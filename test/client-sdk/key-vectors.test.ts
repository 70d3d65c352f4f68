// Every derivation, signature and envelope of the keys, against committed vectors and a second implementation.
import { readFileSync } from 'node:fs'
import { canonicalBytes, DOCUMENT_NAMES, openEnvelope, sealEnvelope } from '@workforce-democracy/shared'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyRecord } from '../../client-sdk/src/keys/account-record.ts'
import { fromBase64Url, toBase64Url } from '../../client-sdk/src/keys/bytes.ts'
import { devicePublicKey, deviceSecretKey, loginNamesKey } from '../../client-sdk/src/keys/device-key.ts'
import { documentKey } from '../../client-sdk/src/keys/document-key.ts'
import { openBundle } from '../../client-sdk/src/keys/key-bundle.ts'
import { derivePasswordKeys } from '../../client-sdk/src/keys/password-keys.ts'
import { deriveRecoveryKeys, formatRecoveryCode } from '../../client-sdk/src/keys/recovery-code.ts'
import { openSealedKey } from '../../client-sdk/src/keys/sealed-key.ts'
import { loadSodium, type Sodium } from '../../client-sdk/src/keys/sodium.ts'
import {
  argon2idOracle,
  blake2bOracle,
  ed25519Oracle,
  kdfOracle,
  x25519PublicKeyOracle,
  xchachaOpenOracle,
} from './key-oracles.ts'

const vectors = JSON.parse(readFileSync(new URL('../vectors/keys.json', import.meta.url), 'utf8')) as Vectors
interface Vectors {
  password: {
    password: string
    seed: string
    memoryKiB: number
    iterations: number
    parallelism: number
    argon2id: string
    loginSecret: string
    wrappingKey: string
  }
  documentKeys: { epoch: number; accountKey: string; keys: Record<string, string> }
  device: { id: string; secret: string; secretKey: string; publicKey: string; loginNamesKey: string }
  identity: { secret: string; publicKey: string }
  vault: { id: string; accountKeys: { epoch: number; key: string }[] }
  sealedKey: string
  record: { body: string; signature: string }
  recordSays: { devices: { sealedKey: string }[]; epoch: number; number: number }
  recordNumber: number
  recovery: { bytes: string; code: string; recoverySecret: string; wrappingKey: string }
  bundle: string
  recoveryBundle: string
  envelope: {
    key: string
    nonce: string
    epoch: number
    context: string[]
    plaintext: string
    envelope: string
  }
}
const bytes = (text: string) => fromBase64Url(text)!
const utf8 = (text: string) => new Uint8Array(Buffer.from(text))

let sodium: Sodium
beforeAll(async () => {
  sodium = await loadSodium()
})

describe('the vectors of keys', () => {
  it('[K2] the password: Argon2id, login secret and wrapping key', async () => {
    const { password, argon2id, loginSecret, wrappingKey, ...prelogin } = vectors.password
    const keys = await derivePasswordKeys(sodium, password, prelogin)
    expect({ ...keys, wrappingKey: toBase64Url(keys.wrappingKey) }).toEqual({ loginSecret, wrappingKey })
    const decomposed = await derivePasswordKeys(sodium, password.normalize('NFD'), prelogin)
    expect(decomposed.loginSecret).toBe(loginSecret)
    const derived = await argon2idOracle(password, bytes(prelogin.seed), prelogin)
    expect(toBase64Url(derived)).toBe(argon2id)
    expect(toBase64Url(kdfOracle(derived.slice(0, 32), 'wdlogin_', 1))).toBe(loginSecret)
    expect(toBase64Url(kdfOracle(derived.slice(32), 'wdwrap__', 1))).toBe(wrappingKey)
  })

  it('[K1] a key for each document', () => {
    const { epoch, accountKey, keys } = vectors.documentKeys
    DOCUMENT_NAMES.forEach(name => {
      expect(toBase64Url(documentKey(sodium, { epoch, key: bytes(accountKey) }, name))).toBe(keys[name])
    })
    const inOrder = ['profile', 'votes', 'bookmarks', 'progress', 'notes', 'settings']
    inOrder.forEach((name, i) => {
      expect(toBase64Url(kdfOracle(bytes(accountKey), 'wddocum_', i + 1))).toBe(keys[name])
    })
    expect(new Set(Object.values(keys)).size).toBe(DOCUMENT_NAMES.length)
  })

  it('[K3] the keys of a device', () => {
    const { id, secret, secretKey, publicKey, loginNamesKey: namesKey } = vectors.device
    const device = { id, secret: bytes(secret) }
    expect(toBase64Url(deviceSecretKey(sodium, device))).toBe(secretKey)
    expect(toBase64Url(devicePublicKey(sodium, device))).toBe(publicKey)
    expect(toBase64Url(loginNamesKey(sodium, device))).toBe(namesKey)
    expect(toBase64Url(kdfOracle(device.secret, 'wddevice', 1))).toBe(secretKey)
    expect(toBase64Url(kdfOracle(device.secret, 'wddevice', 2))).toBe(namesKey)
    expect(x25519PublicKeyOracle(bytes(secretKey))).toBe(publicKey)
  })

  it('[K4] the record and its signature', () => {
    const { record, recordSays, identity } = vectors
    const message = new Uint8Array([...utf8('workforce-democracy account record 1\n'), ...bytes(record.body)])
    expect(ed25519Oracle.publicKey(bytes(identity.secret))).toBe(identity.publicKey)
    expect(ed25519Oracle.sign(message, bytes(identity.secret))).toBe(record.signature)
    expect(toBase64Url(sodium.ed25519.sign(message, bytes(identity.secret)))).toBe(record.signature)
    expect(toBase64Url(canonicalBytes(recordSays as never))).toBe(record.body)
    expect(verifyRecord(sodium, record, undefined)).toEqual({
      ok: true,
      record: { signed: record, body: recordSays },
    })
  })

  it('[K5] the sealed key, by itself and in the record', () => {
    const { vault, device, sealedKey, recordSays } = vectors
    for (const each of [sealedKey, recordSays.devices[0]!.sealedKey]) {
      const opening = {
        vaultId: vault.id,
        epoch: 1,
        sealedKey: each,
        secretKey: bytes(device.secretKey),
      }
      const opened = openSealedKey(sodium, opening)
      expect(opened && toBase64Url(opened.key)).toBe(vault.accountKeys[1]!.key)
    }
  })

  it('[K6] the bundle, under the password and under the recovery code', () => {
    const { vault, identity, bundle, recoveryBundle, recordNumber } = vectors
    const place = { vaultId: vault.id, epoch: 1 }
    const opened = [
      openBundle(sodium, bundle, place, { kind: 'password', key: bytes(vectors.password.wrappingKey) }),
      openBundle(sodium, recoveryBundle, place, {
        kind: 'recovery',
        key: bytes(vectors.recovery.wrappingKey),
      }),
    ]
    for (const each of opened) {
      expect(toBase64Url(each.identitySecret)).toBe(identity.secret)
      expect(each.recordNumber).toBe(recordNumber)
      expect(each.vault.accountKeys.map(({ key }) => toBase64Url(key))).toEqual(
        vault.accountKeys.map(({ key }) => key),
      )
    }
  })

  it('[K7] the recovery code', () => {
    const { recovery } = vectors
    const code = bytes(recovery.bytes)
    expect(formatRecoveryCode(sodium, code)).toBe(recovery.code)
    const keys = deriveRecoveryKeys(sodium, recovery.code)
    expect(keys.recoverySecret).toBe(recovery.recoverySecret)
    expect(toBase64Url(keys.wrappingKey)).toBe(recovery.wrappingKey)
    const root = blake2bOracle(32, code, { key: utf8('workforce-democracy recovery code 1') })
    expect(toBase64Url(kdfOracle(root, 'wdrecov_', 1))).toBe(recovery.recoverySecret)
    expect(toBase64Url(kdfOracle(root, 'wdrecov_', 2))).toBe(recovery.wrappingKey)
    const check = blake2bOracle(16, code, { key: utf8('workforce-democracy recovery code check 1') })
    const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    const bits = [...code, ...check].map(byte => byte.toString(2).padStart(8, '0')).join('')
    const symbols = (text: string) =>
      text
        .match(/.{5}/g)!
        .map(group => alphabet[Number.parseInt(group, 2)])
        .join('')
    expect(recovery.code.replaceAll('-', '')).toBe(
      symbols(bits.slice(0, 160)) + symbols(bits.slice(160, 180)),
    )
  })

  it('[E2] [E3] the envelope', () => {
    const { envelope, key, nonce, plaintext, ...binding } = vectors.envelope
    const options = { aead: sodium.aead, key: bytes(key), ...binding }
    const sealed = sealEnvelope({ ...options, nonce: bytes(nonce), plaintext: bytes(plaintext) })
    expect(toBase64Url(sealed)).toBe(envelope)
    expect(toBase64Url(openEnvelope({ ...options, envelope: sealed }))).toBe(plaintext)
    const parts = binding.context.flatMap(part => [Buffer.byteLength(part), ...Buffer.from(part)])
    const associatedData = new Uint8Array([...sealed.subarray(0, 29), binding.context.length, ...parts])
    const padded = xchachaOpenOracle(sealed.subarray(29), associatedData, bytes(nonce), bytes(key))
    expect(padded).toHaveLength(1024)
    expect([...padded.subarray(0, bytes(plaintext).length)]).toEqual([...bytes(plaintext)])
  })
})
