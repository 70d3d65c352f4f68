// Shapes of /api/user: devices, what the server may do, and the end of an account.
import * as z from 'zod/mini'
import { usesSchema } from '../documents/uses.ts'
import { profileFieldSchemas } from '../documents/values.ts'

/** An entry of `GET /api/user/devices`, which answers `{ items, nextCursor }`. */
export const deviceDescriptionSchema = z.object({
  id: z.uuid(),
  name: z.nullable(z.string()),
  /** Days, not times: enough to recognise a device by. */
  addedOn: z.iso.date(),
  lastSeenOn: z.iso.date(),
  /** Whether it is signed in. */
  active: z.boolean(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
})
export type DeviceDescription = z.infer<typeof deviceDescriptionSchema>

/** `PUT /api/user/devices/:id` → 204. */
export const renameDeviceRequestSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
})

/**
 * `PUT /api/user/privacy` → 200 {@link privacyResponseSchema}: changes what is given, and appends to the history. Modes
 * change from a device only: 409 `device-required` for a body with some.
 */
export const usesRequestSchema = z.object({
  uses: z._default(z.partial(usesSchema), {}),
  modes: z.optional(z.unknown()),
})

/** `GET /api/user/privacy` */
export const privacyResponseSchema = z.object({
  uses: usesSchema,
  /** Modes of documents that are not local. */
  modes: z.record(z.string(), z.enum(['open', 'sealed'])),
  /** The oldest first. */
  history: z.array(z.object({ recordedAt: z.iso.datetime(), flags: z.record(z.string(), z.unknown()) })),
})
export type PrivacyResponse = z.infer<typeof privacyResponseSchema>

/** `DELETE /api/user/account` → 204. */
export const deleteAccountRequestSchema = z.object({
  password: z.string().check(z.minLength(8), z.maxLength(1024)),
})

const topics = z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.maxLength(100))
const nullableFields = Object.fromEntries(
  Object.entries(profileFieldSchemas).map(([field, schema]) => [field, z.optional(z.nullable(schema))]),
) as {
  [F in keyof typeof profileFieldSchemas]: z.ZodMiniOptional<
    z.ZodMiniNullable<(typeof profileFieldSchemas)[F]>
  >
}

/**
 * `PUT /api/user/profile` → 200 {@link ProfileResponse}: sets what is given, `null` removes; `interests` are all that there
 * are to be from then on.
 */
export const profileRequestSchema = z.object({ ...nullableFields, interests: z.optional(topics) })
export type ProfileRequest = z.infer<typeof profileRequestSchema>

/** `GET /api/user/profile`: what is stated of the fields, and the interests, sorted. */
export const profileResponseSchema = z.object({
  ...(Object.fromEntries(
    Object.entries(profileFieldSchemas).map(([field, schema]) => [field, z.optional(schema)]),
  ) as { [F in keyof typeof profileFieldSchemas]: z.ZodMiniOptional<(typeof profileFieldSchemas)[F]> }),
  interests: z.array(z.string()),
})
export type ProfileResponse = z.infer<typeof profileResponseSchema>
