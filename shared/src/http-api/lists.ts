// Lists answer `{ items, nextCursor }`.
import * as z from 'zod/mini'

/** Query of every list: `limit` 1 to 100 (20), `cursor` from the answer before. */
export const listQuerySchema = z.object({
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)), 20),
  cursor: z.optional(z.string().check(z.maxLength(500))),
})
export type ListQuery = z.infer<typeof listQuerySchema>

/** A page of a list; `nextCursor` is `null` on the last one. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}
