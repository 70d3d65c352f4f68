// What a device needs before it can derive its login secret: a seed per account, and Argon2id's parameters.
import { createHmac, randomBytes } from 'node:crypto'
import type { PreloginResponse } from '@workforce-democracy/shared'
import type { LoginName } from './login-name.ts'

const SEED_BYTES = 16

/** Cost of Argon2id on the device: 64 MiB, 3 passes (RFC 9106, section 4, second choice, on one lane). */
const DEVICE_ARGON2 = { memoryKiB: 65_536, iterations: 3, parallelism: 1 } as const

/** The seed of a name that has no account. It becomes the account's when one is made, so registering changes no answer. */
export function preloginSeed(preloginKey: Uint8Array, { normalized }: LoginName): Buffer {
  return createHmac('sha256', preloginKey).update(normalized).digest().subarray(0, SEED_BYTES)
}

/** The seed of a new password: the one that the device derived it with, or a drawn one for a password as typed. */
export function newPasswordSeed(given: string | undefined): Buffer {
  return given === undefined ? randomBytes(SEED_BYTES) : Buffer.from(given, 'base64url')
}

/** The answer for a seed. */
export function toPreloginResponse(seed: Buffer): PreloginResponse {
  return { seed: seed.toString('base64url'), ...DEVICE_ARGON2 }
}
