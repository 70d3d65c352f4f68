// Shapes of /api/auth.
import * as z from 'zod/mini'

const emailSchema = z.string().check(z.trim(), z.maxLength(255), z.email())
const usernameSchema = z.string().check(z.trim(), z.minLength(2), z.maxLength(100), z.regex(/^[^@\s]+$/))
/** What is sent as a password: typed by a person, or the SDK's login secret. */
const passwordSchema = z.string().check(z.minLength(8), z.maxLength(1024))
const loginSchema = z.string().check(z.trim(), z.minLength(2), z.maxLength(255))

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

/** `POST /api/auth/register` → 201 {@link sessionResponseSchema} */
export const registerRequestSchema = z
  .object({
    email: z.optional(emailSchema),
    username: z.optional(usernameSchema),
    password: passwordSchema,
    privacy: z.optional(privacyFlagsSchema),
  })
  .check(z.refine(body => Boolean(body.email || body.username), 'email or username is required'))
export type RegisterRequest = z.infer<typeof registerRequestSchema>

/** `POST /api/auth/login` → 200 {@link sessionResponseSchema}. `login` or `email` names the account. */
export const loginRequestSchema = z
  .object({ login: z.optional(loginSchema), email: z.optional(loginSchema), password: passwordSchema })
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
})
export type SessionResponse = z.infer<typeof sessionResponseSchema>
