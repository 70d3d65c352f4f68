// The account record: which devices an account has, the account key sealed to each, under one signature (SPEC K).
import { fromBase64UrlEncoded, toBase64UrlEncoded } from 'lib0/buffer'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import * as z from 'zod/mini'
import { canonicalBytes, compareBytes } from '../registers/json.ts'

/** Devices that an account can have. */
const MAX_DEVICES = 100

/** Says what is signed, so that a signature of something else never passes for one of a record. */
const SIGNING_PREFIX = 'workforce-democracy account record 1\n'

/** In the one way to write these bytes: what the last character has beyond them is zero. */
const bytes16Schema = z.string().check(z.regex(/^[\w-]{21}[AQgw]$/))
const bytes32Schema = z.string().check(z.regex(/^[\w-]{42}[AEIMQUYcgkosw048]$/))

/** A device that can open the account's documents. */
export const recordDeviceSchema = z.strictObject({
  /** The device id of the account's device list, in lower case. */
  id: z.uuid().check(z.lowercase()),
  /** X25519, 32 bytes, base64url. */
  publicKey: bytes32Schema,
  /** The account key of this epoch, sealed to `publicKey`, base64url. */
  sealedKey: z.string().check(z.regex(/^[\w-]+$/)),
})
export type RecordDevice = z.infer<typeof recordDeviceSchema>

/** The content of an account record. */
export const accountRecordSchema = z.strictObject({
  version: z.literal(1),
  /** 16 bytes, base64url: made with the account key, before any account. */
  vaultId: bytes16Schema,
  /** Ed25519 public key, 32 bytes, base64url: what the record is signed with. */
  identity: bytes32Schema,
  /** One higher with each record. */
  number: z.int().check(z.minimum(1)),
  /** Which of the successive account keys. */
  epoch: z.int().check(z.minimum(0)),
  devices: z.array(recordDeviceSchema).check(z.maxLength(MAX_DEVICES)),
})
export type AccountRecord = z.infer<typeof accountRecordSchema>

/** The canonical bytes (RFC 8785, UTF-8) of a record: what is sent, in base64url, and what is signed. */
export const recordBodyBytes = (record: AccountRecord): Uint8Array => canonicalBytes(record)

/** What the signature of a record is over. */
export function recordSigningBytes(bodyBytes: Uint8Array): Uint8Array {
  const prefix = encodeUtf8(SIGNING_PREFIX)
  const bytes = new Uint8Array(prefix.length + bodyBytes.length)
  bytes.set(prefix)
  bytes.set(bodyBytes, prefix.length)
  return bytes
}

/**
 * Reads the body of a signed record, in base64url. `undefined` for what is not the canonical form of a record. Says
 * nothing about its signature.
 */
export function decodeRecordBody(body: string): AccountRecord | undefined {
  try {
    const bodyBytes = fromBase64UrlEncoded(body)
    if (toBase64UrlEncoded(bodyBytes) !== body) return undefined
    const { data } = z.safeParse(accountRecordSchema, JSON.parse(decodeUtf8(bodyBytes)))
    return data && compareBytes(recordBodyBytes(data), bodyBytes) === 0 ? data : undefined
  } catch {
    return undefined
  }
}
