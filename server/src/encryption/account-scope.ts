// The data key that what the server knows of an account itself is under.
import type { KeyScope } from '../db/data-keys.ts'

/** The scope of an account's data key. */
export const accountScope = (personId: string): KeyScope => ({ personId, document: 'account', generation: 0 })
