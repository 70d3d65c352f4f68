// Access tokens: short-lived JWTs (RFC 9068) signed with Ed25519, which any instance verifies without asking another.

import { CodedError } from '@workforce-democracy/shared'
import {
  createLocalJWKSet,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { SessionRef } from '../db/sessions.ts'
import { LruMap } from '../lru-map.ts'

const ALGORITHM = 'EdDSA'
const TYPE = 'at+jwt'
const AUDIENCE = 'workforce-democracy'
const LIFETIME_MS = 10 * 60 * 1000
/** Of so many tokens it is remembered that they are good: to verify a signature takes longer than most queries. */
const REMEMBERED = 10_000

/** Whom an access token speaks for. */
export interface TokenHolder extends SessionRef {
  readonly expiresAt: Date
}

/** Makes and verifies access tokens. */
export interface Tokens {
  /** A token good for ten minutes. */
  issue(session: SessionRef): Promise<{ accessToken: string; expiresAt: Date }>
  /** Whom a token speaks for, `undefined` when it is not ours, damaged or expired. Says nothing about its session. */
  verify(accessToken: string): Promise<TokenHolder | undefined>
  /** What others verify tokens with (RFC 7517); nothing of it is secret. */
  readonly publicKeys: JSONWebKeySet
}

/**
 * Makes the tokens of `issuer`. The first of `jwtKeys` (private Ed25519 JWKs with `kid`) signs, all of them verify.
 *
 * @throws CodedError `invalid-config` without keys
 */
export async function createTokens(options: {
  jwtKeys: readonly JWK[]
  issuer?: string | undefined
  nowMs?: () => number
}): Promise<Tokens> {
  const { jwtKeys, issuer = AUDIENCE, nowMs = Date.now } = options
  const [current] = jwtKeys
  if (!current) throw new CodedError('invalid-config', 'There is no key to sign tokens with.')
  const signingKey = await importJWK(current, ALGORITHM)
  const publicKeys: JSONWebKeySet = { keys: jwtKeys.map(publicPart) }
  const keyOf = createLocalJWKSet(publicKeys)
  const holderByToken = new LruMap<TokenHolder>(REMEMBERED)

  return {
    publicKeys,
    async issue({ personId, sessionId }) {
      const issuedAtMs = nowMs()
      const expiresAt = new Date(issuedAtMs + LIFETIME_MS)
      const accessToken = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: current.kid })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(personId)
        .setIssuedAt(new Date(issuedAtMs))
        .setExpirationTime(expiresAt)
        .sign(signingKey)
      return { accessToken, expiresAt }
    },
    async verify(accessToken) {
      const known = holderByToken.get(accessToken)
      if (known) return known.expiresAt.getTime() > nowMs() ? known : undefined
      try {
        const { payload } = await jwtVerify(accessToken, keyOf, {
          issuer,
          audience: AUDIENCE,
          algorithms: [ALGORITHM],
          typ: TYPE,
          requiredClaims: ['exp'],
          currentDate: new Date(nowMs()),
        })
        const holder = toHolder(payload)
        if (holder) holderByToken.set(accessToken, holder)
        return holder
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}

function publicPart({ kty, crv, x, kid }: JWK): JWK {
  return { kty, crv, x, kid, use: 'sig', alg: ALGORITHM }
}

function toHolder({ sub, sid, exp }: JWTPayload): TokenHolder | undefined {
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') return undefined
  return { personId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) }
}
