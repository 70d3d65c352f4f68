// Makes test/vectors/keys.json: node --conditions=wd-source --import tsx test/vectors/make.ts > test/vectors/keys.json
// Inputs are fixed; what has chance in it (sealed keys, and the record and bundles that hold them) differs each time and
// opens all the same. A new file is only for a new version of a format: what people have must still open.
import { createHash } from 'node:crypto'
import { canonicalBytes, DOCUMENT_NAMES, sealEnvelope } from '@workforce-democracy/shared'
import { signRecord } from '../../client-sdk/src/keys/account-record.ts'
import { argon2id } from '../../client-sdk/src/keys/argon2id.ts'
import { toBase64Url } from '../../client-sdk/src/keys/bytes.ts'
import { devicePublicKey, deviceSecretKey, loginNamesKey } from '../../client-sdk/src/keys/device-key.ts'
import { documentKey } from '../../client-sdk/src/keys/document-key.ts'
import { sealBundle } from '../../client-sdk/src/keys/key-bundle.ts'
import { derivePasswordKeys } from '../../client-sdk/src/keys/password-keys.ts'
import { deriveRecoveryKeys, formatRecoveryCode } from '../../client-sdk/src/keys/recovery-code.ts'
import { sealAccountKey } from '../../client-sdk/src/keys/sealed-key.ts'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'

const sodium = await loadSodium()
const bytesOf = (name: string, length: number) =>
  new Uint8Array(createHash('shake256', { outputLength: length }).update(`vector ${name}`).digest())
const text = toBase64Url

const cost = { memoryKiB: 65_536, iterations: 3, parallelism: 1 }
const password = 'a made-up password, Å'
const seed = bytesOf('seed', 16)
const passwordKeys = await derivePasswordKeys(sodium, password, { seed: text(seed), ...cost })
const accountKey = { epoch: 1, key: bytesOf('account key 1', 32) }
const vault = {
  id: text(bytesOf('vault', 16)),
  accountKeys: [{ epoch: 0, key: bytesOf('account key 0', 32) }, accountKey],
}
const device = { id: '0190b5a0-0000-7000-8000-000000000001', secret: bytesOf('device', 32) }
const publicKey = devicePublicKey(sodium, device)
const identitySecret = bytesOf('identity', 32)
const record = signRecord(sodium, {
  vault,
  number: 7,
  identitySecret,
  devices: [{ id: device.id, publicKey: text(publicKey) }],
})
const bundle = { vault, identitySecret, recordNumber: 7 }
const code = formatRecoveryCode(sodium, bytesOf('recovery code', 20))
const recovery = deriveRecoveryKeys(sodium, code)
const envelope = {
  key: bytesOf('envelope key', 32),
  nonce: bytesOf('nonce', 24),
  epoch: 1,
  context: [vault.id, 'votes', '1'],
  plaintext: canonicalBytes(['hr8-118', 1024, 'aaaaaaaa', { choice: 'yes' }]),
}

const vectors = {
  password: {
    password,
    seed: text(seed),
    ...cost,
    argon2id: text(await argon2id({ ...cost, passphrase: password, salt: seed, lengthBytes: 64 })),
    loginSecret: passwordKeys.loginSecret,
    wrappingKey: text(passwordKeys.wrappingKey),
  },
  documentKeys: {
    epoch: accountKey.epoch,
    accountKey: text(accountKey.key),
    keys: Object.fromEntries(DOCUMENT_NAMES.map(name => [name, text(documentKey(sodium, accountKey, name))])),
  },
  device: {
    id: device.id,
    secret: text(device.secret),
    secretKey: text(deviceSecretKey(sodium, device)),
    publicKey: text(publicKey),
    loginNamesKey: text(loginNamesKey(sodium, device)),
  },
  identity: { secret: text(identitySecret), publicKey: text(sodium.ed25519.publicKey(identitySecret)) },
  vault: {
    id: vault.id,
    accountKeys: vault.accountKeys.map(({ epoch, key }) => ({ epoch, key: text(key) })),
  },
  sealedKey: sealAccountKey(sodium, { vaultId: vault.id, accountKey, publicKey }),
  record: record.signed,
  recordSays: record.body,
  recordNumber: 7,
  recovery: {
    bytes: text(bytesOf('recovery code', 20)),
    code,
    recoverySecret: recovery.recoverySecret,
    wrappingKey: text(recovery.wrappingKey),
  },
  bundle: sealBundle(sodium, bundle, { kind: 'password', key: passwordKeys.wrappingKey }),
  recoveryBundle: sealBundle(sodium, bundle, { kind: 'recovery', key: recovery.wrappingKey }),
  envelope: {
    key: text(envelope.key),
    nonce: text(envelope.nonce),
    epoch: envelope.epoch,
    context: envelope.context,
    plaintext: text(envelope.plaintext),
    envelope: text(sealEnvelope({ aead: sodium.aead, ...envelope })),
  },
}
process.stdout.write(`${JSON.stringify(vectors, null, 2)}\n`)
