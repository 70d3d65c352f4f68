// The name that a client gives to a write, so that one that is sent again is done once.
import * as z from 'zod/mini'

/** Header `Idempotency-Key`: 1 to 255 visible ASCII characters, such as a UUID, drawn anew for each write. */
export const idempotencyKeySchema = z.string().check(z.regex(/^[\x21-\x7e]{1,255}$/))
