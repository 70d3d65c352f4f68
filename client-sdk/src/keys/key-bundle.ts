// The key bundle: all that an account needs besides its devices, sealed so that a password or recovery code opens it.
import {
  CodedError,
  canonicalBytes,
  NONCE_BYTES,
  openEnvelope,
  sealEnvelope,
} from '@workforce-democracy/shared'
import { decodeUtf8 } from 'lib0/string'
import * as z from 'zod/mini'
import { fromBase64Url, toBase64Url } from './bytes.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'
import { currentAccountKey, type Vault } from './vault.ts'

/** What a bundle holds. */
export interface KeyBundle {
  readonly vault: Vault
  /** The seed of the identity key, 32 bytes: no device keeps it. */
  readonly identitySecret: Uint8Array
  /** Number of the record that the bundle was sealed with: no record below it is the newest. */
  readonly recordNumber: number
}

/** What opens a bundle. */
export interface BundleLock {
  readonly kind: 'password' | 'recovery'
  /** 32 bytes: the wrapping key of the password or of the recovery code. */
  readonly key: Uint8Array
}

const contentSchema = z.object({
  vaultId: z.string(),
  identitySecret: z.string(),
  accountKeys: z.array(z.object({ epoch: z.int(), key: z.string() })).check(z.minLength(1)),
  recordNumber: z.int(),
})

/** Seals a bundle (SPEC K6): base64url. */
export function sealBundle(sodium: Sodium, bundle: KeyBundle, { kind, key }: BundleLock): string {
  const { vault, identitySecret, recordNumber } = bundle
  const plaintext = canonicalBytes({
    vaultId: vault.id,
    identitySecret: toBase64Url(identitySecret),
    accountKeys: vault.accountKeys.map(each => ({ epoch: each.epoch, key: toBase64Url(each.key) })),
    recordNumber,
  })
  const envelope = sealEnvelope({
    aead: sodium.aead,
    key,
    nonce: sodium.randomBytes(NONCE_BYTES),
    epoch: currentAccountKey(vault).epoch,
    context: contextOf(vault.id, kind),
    plaintext,
  })
  return toBase64Url(envelope)
}

/**
 * Opens the bundle that belongs to a record of `vaultId` and `epoch`.
 *
 * @throws CodedError `envelope-damaged` for one of another key, kind, vault or epoch, or a changed one
 */
export function openBundle(
  sodium: Sodium,
  sealed: string,
  { vaultId, epoch }: { readonly vaultId: string; readonly epoch: number },
  { kind, key }: BundleLock,
): KeyBundle {
  const envelope = fromBase64Url(sealed)
  if (!envelope) throw new CodedError('envelope-damaged')
  const context = contextOf(vaultId, kind)
  const bundle = decode(openEnvelope({ aead: sodium.aead, key, epoch, context, envelope }))
  if (bundle?.vault.id !== vaultId || currentAccountKey(bundle.vault).epoch !== epoch)
    throw new CodedError('envelope-damaged', 'The bundle is of another vault or epoch.')
  return bundle
}

const contextOf = (vaultId: string, kind: BundleLock['kind']) => ['bundle', vaultId, kind]

function decode(plaintext: Uint8Array): KeyBundle | undefined {
  const parsed = z.safeParse(contentSchema, JSON.parse(decodeUtf8(plaintext)))
  if (!parsed.success) return undefined
  const { vaultId, recordNumber } = parsed.data
  const identitySecret = keyOf(parsed.data.identitySecret)
  const accountKeys = parsed.data.accountKeys.map(({ epoch, key }) => ({ epoch, key: keyOf(key) }))
  return { vault: { id: vaultId, accountKeys }, identitySecret, recordNumber }
}

function keyOf(text: string): Uint8Array {
  const key = fromBase64Url(text)
  if (key?.length !== KEY_BYTES) throw new CodedError('envelope-damaged', 'A key in it is none.')
  return key
}
