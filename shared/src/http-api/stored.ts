// Shape of everything that the server stores about a person, as it is stored.
import * as z from 'zod/mini'

/**
 * Bytes as they are stored.
 *
 * - `hash`: kept to compare or to find something by, good for nothing else; not shown
 * - `readable`: encrypted at rest under a key that the server has; `content` is what it reads, updates of documents as
 *   their entries
 * - `sealed`: what the server reads is envelopes; `envelopes` are their sizes in bytes, and it can open none
 * - `opaque`: bytes that say nothing by themselves, such as what a server knows of a Yjs document without its content
 */
export const storedBytesSchema = z.object({
  kind: z.enum(['hash', 'readable', 'sealed', 'opaque']),
  sizeBytes: z.int(),
  content: z.optional(z.unknown()),
  envelopes: z.optional(z.array(z.int())),
})
export type StoredBytes = z.infer<typeof storedBytesSchema>

/** What one column of a row holds. Times are ISO 8601. */
export const storedValueSchema = z.union([
  z.null(),
  z.string(),
  z.number(),
  z.boolean(),
  z.object({ json: z.unknown() }),
  storedBytesSchema,
])
export type StoredValue = z.infer<typeof storedValueSchema>

/** `GET /api/user/stored`: every row about the person, of the data and of the key store. */
export const storedResponseSchema = z.object({
  madeAt: z.iso.datetime(),
  tables: z.array(z.object({ table: z.string(), rows: z.array(z.record(z.string(), storedValueSchema)) })),
})
export type StoredResponse = z.infer<typeof storedResponseSchema>
