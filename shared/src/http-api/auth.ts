// Shapes of /api/auth.
import * as z from 'zod/mini'
import type { OpenableDocument } from '../documents/document-names.ts'
import { DEFAULT_USES, type Uses } from '../documents/uses.ts'
import {
  bundleSchema,
  keysForNewPasswordSchema,
  newAccountKeysSchema,
  recordSchema,
  recoverySecretSchema,
  seedSchema,
  signInKeysSchema,
} from './keys.ts'

const emailSchema = z.string().check(z.trim(), z.maxLength(255), z.email())
const usernameSchema = z.string().check(z.trim(), z.minLength(2), z.maxLength(100), z.regex(/^[^@\s]+$/))
/** What is sent as a password: typed by a person, or the SDK's login secret. */
const passwordSchema = z.string().check(z.minLength(8), z.maxLength(1024))
const loginSchema = z.string().check(z.trim(), z.minLength(2), z.maxLength(255))
/** Of a mail: base64url. */
const tokenSchema = z.string().check(z.regex(/^[\w-]{20,200}$/))

/** Choices at registration, by the flags of the original design. `true` opens the documents that a flag speaks of. */
export const privacyFlagsSchema = z.object({
  /** Opens profile, bookmarks and progress. */
  personalizedRecommendations: z.optional(z.boolean()),
  /** Opens votes. */
  civicEngagementTracking: z.optional(z.boolean()),
  learningAnalytics: z.optional(z.boolean()),
  communitySharing: z.optional(z.boolean()),
})
export type PrivacyFlags = z.infer<typeof privacyFlagsSchema>

const DOCUMENTS_BY_FLAG: Readonly<Record<keyof PrivacyFlags, readonly OpenableDocument[]>> = {
  personalizedRecommendations: ['profile', 'bookmarks', 'progress'],
  civicEngagementTracking: ['votes'],
  learningAnalytics: [],
  communitySharing: [],
}

/** The documents that flags open (SPEC A8), on the server and on the device alike. */
export function openedByFlags(flags: PrivacyFlags): OpenableDocument[] {
  const names = Object.keys(DOCUMENTS_BY_FLAG) as (keyof PrivacyFlags)[]
  return names.flatMap(flag => (flags[flag] ? DOCUMENTS_BY_FLAG[flag] : []))
}

/** The uses that flags stand for (SPEC A24). */
export function usesByFlags(flags: PrivacyFlags): Uses {
  const { personalizedRecommendations, civicEngagementTracking, learningAnalytics, communitySharing } = flags
  const recommendations = { true: 'server', false: 'off', undefined: DEFAULT_USES.recommendations } as const
  return {
    recommendations: recommendations[`${personalizedRecommendations}`],
    civicEngagementTracking: civicEngagementTracking ?? DEFAULT_USES.civicEngagementTracking,
    learningAnalytics: learningAnalytics ?? DEFAULT_USES.learningAnalytics,
    communitySharing: communitySharing ?? DEFAULT_USES.communitySharing,
  }
}

/** `POST /api/auth/prelogin` */
export const preloginRequestSchema = z.object({ login: loginSchema })
/** Argon2id parameters for this name: the same form whether or not it has an account. */
export const preloginResponseSchema = z.object({
  /** base64url, 16 bytes. */
  seed: z.string(),
  memoryKiB: z.int(),
  iterations: z.int(),
  parallelism: z.int(),
})
export type PreloginResponse = z.infer<typeof preloginResponseSchema>

/** The device that signs in: the same id each time, so that a person's list names it once. */
const deviceSchema = z.object({
  /** UUIDv7, made by the device. */
  id: z.uuid(),
  /** What the person calls it. */
  name: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(100))),
})

/** Languages that mails are written in. */
export const MAIL_LANGUAGES = ['en', 'es'] as const
const languageSchema = z.optional(z.enum(MAIL_LANGUAGES))
export type MailLanguage = (typeof MAIL_LANGUAGES)[number]

/** `POST /api/auth/register` → 201 {@link sessionResponseSchema} */
export const registerRequestSchema = z
  .object({
    email: z.optional(emailSchema),
    username: z.optional(usernameSchema),
    password: passwordSchema,
    privacy: z.optional(privacyFlagsSchema),
    /** What the device made for this account; without it the account is plain, for open documents only. */
    keys: z.optional(newAccountKeysSchema),
    device: z.optional(deviceSchema),
    /** Of the mails to this person; English unless given. */
    language: languageSchema,
  })
  .check(z.refine(body => Boolean(body.email || body.username), 'email or username is required'))
export type RegisterRequest = z.infer<typeof registerRequestSchema>

/** `POST /api/auth/login` → 200 {@link sessionResponseSchema}. `login` or `email` names the account. */
export const loginRequestSchema = z
  .object({
    login: z.optional(loginSchema),
    email: z.optional(loginSchema),
    password: passwordSchema,
    device: z.optional(deviceSchema),
  })
  .check(z.refine(body => Boolean(body.login || body.email), 'login or email is required'))
export type LoginRequest = z.infer<typeof loginRequestSchema>

/** `POST /api/auth/refresh-token` and `POST /api/auth/logout` */
export const refreshRequestSchema = z.object({
  refreshToken: z.string().check(z.minLength(20), z.maxLength(200)),
})

export const sessionResponseSchema = z.object({
  user: z.object({ id: z.uuid(), email: z.nullable(z.string()), username: z.nullable(z.string()) }),
  /** EdDSA JWT, 10 minutes. */
  accessToken: z.string(),
  accessTokenExpiresAt: z.iso.datetime(),
  refreshToken: z.string(),
  /** After signing in to an account that has keys. */
  keys: z.optional(signInKeysSchema),
})
export type SessionResponse = z.infer<typeof sessionResponseSchema>

/** `POST /api/auth/verify-email` → 204: the address of the mail is the person's; its token may be given once. */
export const verifyEmailRequestSchema = z.object({ token: tokenSchema })

/** `POST /api/auth/forgot-password` → 202, whether or not there is such an account, and nothing else. */
export const forgotPasswordRequestSchema = z.object({ login: loginSchema })

/**
 * `POST /api/auth/recovery` → 200 {@link recoveryResponseSchema}: what the recovery code opens. `wrong-credentials` for
 * an unknown name, an account without recovery code and a wrong secret alike.
 */
export const recoveryRequestSchema = z.object({ login: loginSchema, recoverySecret: recoverySecretSchema })
export const recoveryResponseSchema = z.object({ record: recordSchema, recoveryBundle: bundleSchema })
export type RecoveryResponse = z.infer<typeof recoveryResponseSchema>

/** A new password: what is sent as it, and the seed that the SDK derived it with. Without one the server draws it. */
const newPasswordShape = { newPassword: passwordSchema, newSeed: z.optional(seedSchema) }

/**
 * `POST /api/auth/reset-password` → 204, all sessions ended. Either with the token of a mail, or with the recovery code
 * and the keys that go with it. With a mail alone sealed documents stay closed until the recovery code is entered; on an
 * account whose address was never verified it erases everything that the account has.
 */
export const resetPasswordRequestSchema = z.union([
  z.object({ token: tokenSchema, ...newPasswordShape }),
  z.object({
    login: loginSchema,
    recoverySecret: recoverySecretSchema,
    ...newPasswordShape,
    keys: keysForNewPasswordSchema,
  }),
])
export type ResetPasswordRequest = z.infer<typeof resetPasswordRequestSchema>

/**
 * `POST /api/auth/change-password` → 200 {@link sessionResponseSchema}: a new session for who asks; all others end
 * unless their devices are in the new record. One compare-and-swap on the record number where there are keys (409
 * `record-conflict`). On an account with keys `keys` is required; on a plain one it makes it an account with keys.
 */
export const changePasswordRequestSchema = z.object({
  /** The present one, or in its place the secret of the recovery code. */
  password: z.optional(passwordSchema),
  recoverySecret: z.optional(recoverySecretSchema),
  ...newPasswordShape,
  keys: z.optional(z.union([keysForNewPasswordSchema, newAccountKeysSchema])),
  device: z.optional(deviceSchema),
})
export type ChangePasswordRequest = z.infer<typeof changePasswordRequestSchema>

/**
 * `POST /api/auth/change-email` → 202: a mail with a token goes to the new address, which counts once that is given to
 * `verify-email`; a notice goes to the old one.
 */
export const changeEmailRequestSchema = z.object({ password: passwordSchema, email: emailSchema })
export type ChangeEmailRequest = z.infer<typeof changeEmailRequestSchema>
