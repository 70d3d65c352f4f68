// Shapes of what the server keeps of an account's keys: signed records and sealed bundles, of which it can open none.
import * as z from 'zod/mini'

const base64url = (minLength: number, maxLength: number) =>
  z.string().check(z.regex(/^[\w-]*$/), z.minLength(minLength), z.maxLength(maxLength))

/** 16 bytes, base64url. */
export const seedSchema = base64url(22, 22)

/** What the recovery code proves itself with: 32 bytes derived from it, base64url. The code itself is never sent. */
export const recoverySecretSchema = base64url(43, 43)

/**
 * The account record (SPEC K): `body` is its canonical JSON in base64url, `signature` the Ed25519 signature of the
 * identity key over it.
 */
export const recordSchema = z.object({ body: base64url(1, 48_000), signature: base64url(86, 86) })
/** A signed account record. */
export type SignedRecord = z.infer<typeof recordSchema>

/** A key bundle: an envelope in base64url, sealed under the wrapping key or under the recovery code. */
export const bundleSchema = base64url(1, 48_000)

/** What comes with a new account, or makes a plain account one with keys: record number 1. */
export const newAccountKeysSchema = z.object({
  record: recordSchema,
  bundle: bundleSchema,
  recoveryBundle: bundleSchema,
  recoverySecret: recoverySecretSchema,
})
export type NewAccountKeys = z.infer<typeof newAccountKeysSchema>

/** What comes with a new password: a record one higher than the present one, and everything sealed anew. */
export const keysForNewPasswordSchema = z.object({
  /** Number of the record that the new one follows. */
  expectedNumber: z.int().check(z.minimum(1)),
  ...newAccountKeysSchema.shape,
})
export type KeysForNewPassword = z.infer<typeof keysForNewPasswordSchema>

/** What a device gets at sign-in. `bundle` is `null` after a reset by mail: only the recovery code opens anything then. */
export const signInKeysSchema = z.object({
  record: recordSchema,
  bundle: z.nullable(bundleSchema),
  /** A device's session was ended without a new epoch (SPEC K). */
  rotationNeeded: z.boolean(),
})
export type SignInKeys = z.infer<typeof signInKeysSchema>

/** `GET /api/user/keys` → 200; `not-found` for a plain account. */
export const keysResponseSchema = z.object({ ...signInKeysSchema.shape, recoveryBundle: bundleSchema })
export type KeysResponse = z.infer<typeof keysResponseSchema>

/**
 * `PUT /api/user/keys` → 204: a compare-and-swap to a record one higher, for another device, a new recovery code, or the
 * first keys of an account that has none (`expectedNumber` 0, with all three others). 409 `record-conflict` when the
 * record is another by now. What is left out stays; `recoveryBundle` and `recoverySecret` come together.
 */
export const keysRequestSchema = z
  .object({
    expectedNumber: z.int().check(z.minimum(0)),
    record: recordSchema,
    bundle: z.optional(bundleSchema),
    recoveryBundle: z.optional(bundleSchema),
    recoverySecret: z.optional(recoverySecretSchema),
  })
  .check(
    z.refine(
      body => (body.recoveryBundle === undefined) === (body.recoverySecret === undefined),
      'recoveryBundle and recoverySecret come together',
    ),
  )
export type KeysRequest = z.infer<typeof keysRequestSchema>
