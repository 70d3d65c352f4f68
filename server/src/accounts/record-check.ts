// What a server can check of account records (SPEC A19): not that a device should trust one, but that nobody without the
// identity key gets one stored, and that numbers and epochs only rise.
import { createPublicKey, verify } from 'node:crypto'
import {
  type AccountRecord,
  decodeRecordBody,
  recordSigningBytes,
  type SignedRecord,
} from '@workforce-democracy/shared'

/** The content of a record that its own identity has signed; `undefined` for any other. */
export function verifyRecord({ body, signature }: SignedRecord): AccountRecord | undefined {
  const record = decodeRecordBody(body)
  if (!record) return undefined
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: record.identity }
  const isSigned = isVerified(() =>
    verify(
      null,
      recordSigningBytes(Buffer.from(body, 'base64url')),
      createPublicKey({ key: jwk, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    ),
  )
  return isSigned ? record : undefined
}

/** Node throws on what is no point of the curve. */
function isVerified(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}

/**
 * Whether a record may stand where `previous` did (`undefined`: nothing did). Another identity begins its epochs and its
 * vault anew; it may come only while there is no bundle (`isOrphaned`), which a reset by mail has taken away.
 */
export function mayFollow(
  previous: AccountRecord | undefined,
  next: AccountRecord,
  isOrphaned: boolean,
): boolean {
  if (next.number !== (previous?.number ?? 0) + 1) return false
  if (!previous) return true
  if (next.identity !== previous.identity) return isOrphaned
  return (
    next.vaultId === previous.vaultId && (next.epoch === previous.epoch || next.epoch === previous.epoch + 1)
  )
}
