// Shapes of /api/local and of what admins do with it.
import * as z from 'zod/mini'
import { LOCAL_TYPES, type LocalResource } from '../local/types.ts'
import { listQuerySchema } from './lists.ts'
import { lineSchema, textSchema } from './plain-text.ts'

const country = z.string().check(z.regex(/^[a-z]{2}$/))
const flag = z.optional(z.enum(['true', 'false']))
const latitude = z.number().check(z.minimum(-90), z.maximum(90))
const longitude = z.number().check(z.minimum(-180), z.maximum(180))

/**
 * Query of `GET /api/local/resources` → `Page<FoundLocalResource>`. With `lat` and `lon`, in degrees, the nearest first and
 * nothing beyond `km` (50); else by name.
 */
export const localListQuerySchema = z.extend(listQuerySchema, {
  q: z.optional(lineSchema(200)),
  type: z.optional(z.enum(LOCAL_TYPES)),
  country: z.optional(country),
  state: z.optional(lineSchema(100)),
  city: z.optional(lineSchema(100)),
  /** The code, or its beginning. */
  zip: z.optional(lineSchema(20)),
  workerOwned: flag,
  cooperative: flag,
  unionShop: flag,
  lat: z.optional(z.coerce.number().check(z.minimum(-90), z.maximum(90))),
  lon: z.optional(z.coerce.number().check(z.minimum(-180), z.maximum(180))),
  km: z._default(z.coerce.number().check(z.positive(), z.maximum(500)), 50),
})
export type LocalListQuery = z.infer<typeof localListQuerySchema>

/** Parameters of `/api/local/resources/:id`. */
export const localIdParamSchema = z.object({ id: z.uuid() })

/** Query of `GET /api/local/catalog` → `LocalCatalog`. */
export const localCatalogQuerySchema = z.object({ country })

const webAddress = z.string().check(z.maxLength(2000), z.url({ protocol: /^https?$/ }))

/** `POST /api/local/resources` → 201 {@link LocalSubmission}. */
export const localInputSchema = z
  .object({
    name: lineSchema(255),
    type: z.enum(LOCAL_TYPES),
    description: z.optional(z.nullable(textSchema(5000))),
    address: z.optional(z.nullable(lineSchema(500))),
    city: z.optional(z.nullable(lineSchema(100))),
    state: z.optional(z.nullable(lineSchema(100))),
    zipCode: z.optional(z.nullable(lineSchema(20))),
    country: z.optional(z.nullable(country)),
    phone: z.optional(z.nullable(lineSchema(50))),
    email: z.optional(z.nullable(z.email().check(z.maxLength(255)))),
    website: z.optional(z.nullable(webAddress)),
    workerOwned: z.optional(z.boolean()),
    cooperative: z.optional(z.boolean()),
    unionShop: z.optional(z.boolean()),
    unions: z.optional(z.array(lineSchema(200)).check(z.maxLength(20))),
    latitude: z.optional(z.nullable(latitude)),
    longitude: z.optional(z.nullable(longitude)),
  })
  .check(
    z.refine(({ latitude, longitude }) => ((latitude ?? null) === null) === ((longitude ?? null) === null), {
      error: 'A point has a latitude and a longitude.',
    }),
  )
export type LocalInput = z.infer<typeof localInputSchema>

/** How far a submission has come. */
export const LOCAL_STATUSES = ['pending', 'approved', 'rejected'] as const
export type LocalStatus = (typeof LOCAL_STATUSES)[number]

/** Item of `GET /api/local/submissions`, and what admins see. */
export interface LocalSubmission {
  readonly resource: LocalResource
  readonly status: LocalStatus
  /** Why it was rejected. */
  readonly reason: string | null
}

/** `POST /api/local/resources/:id/rate` → 200 {@link LocalRating}. Another rating takes its place. */
export const localRateRequestSchema = z.object({ rating: z.int().check(z.minimum(1), z.maximum(5)) })

/** Item of `GET /api/local/ratings`. */
export interface LocalRating {
  readonly resourceId: string
  readonly rating: number
}

/** Query of `GET /api/admin/local-resources` → `Page<LocalSubmission>`, by id. */
export const localAdminQuerySchema = z.extend(listQuerySchema, {
  cursor: z.optional(z.uuid()),
  status: z._default(z.enum(LOCAL_STATUSES), 'pending'),
})

/** `PUT /api/admin/local-resources/:id` → 200 {@link LocalSubmission}. What is left out stays; rejecting takes a reason. */
export const localChangeSchema = z
  .extend(z.partial(z.object(localInputSchema.def.shape)), {
    status: z.optional(z.enum(LOCAL_STATUSES)),
    reason: z.optional(z.nullable(lineSchema(1000))),
    verified: z.optional(z.boolean()),
  })
  .check(
    z.refine(({ status, reason }) => (status === 'rejected') === (typeof reason === 'string'), {
      error: 'A reason goes with a rejection, and with nothing else.',
    }),
  )
export type LocalChange = z.infer<typeof localChangeSchema>
