// The account record as both sides read it (SPEC K4): its form, and the bytes that are signed. The server reads it, too.
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import * as z from 'zod/mini'
import { canonicalBytes, compareBytes, type JsonValue } from '../registers/json.ts'

const base64url = (length: number) => z.string().check(z.regex(/^[\w-]*$/), z.length(length))

/** What a record says. */
export const accountRecordSchema = z.strictObject({
  /** 16 bytes. */
  vaultId: base64url(22),
  /** From 1, one higher with each change. */
  number: z.int().check(z.minimum(1)),
  /** Of the account key that is sealed to the devices. */
  epoch: z.int().check(z.minimum(0), z.maximum(2 ** 32 - 1)),
  /** Ed25519 public key, 32 bytes. */
  identity: base64url(43),
  devices: z.array(
    z.strictObject({
      id: z.uuid(),
      /** X25519, 32 bytes. */
      publicKey: base64url(43),
      sealedKey: z.string().check(z.regex(/^[\w-]+$/), z.maxLength(400)),
    }),
  ),
})
/** An account record. */
export type AccountRecord = z.infer<typeof accountRecordSchema>

/** What a record's body says; `undefined` when it has not the form of one, or is not in the one canonical form. */
export function decodeRecordBody(body: string): AccountRecord | undefined {
  try {
    const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), char =>
      char.charCodeAt(0),
    )
    const parsed = z.safeParse(accountRecordSchema, JSON.parse(decodeUtf8(bytes)))
    if (!parsed.success) return undefined
    return compareBytes(canonicalBytes(parsed.data as JsonValue), bytes) === 0 ? parsed.data : undefined
  } catch {
    return undefined
  }
}

const PURPOSE = encodeUtf8('workforce-democracy account record 1\n')

/** What is signed: the purpose, then the bytes of the body. */
export function recordSigningBytes(body: Uint8Array): Uint8Array {
  return new Uint8Array([...PURPOSE, ...body])
}
