// What the verbs of a document share: reading what is well formed, writing under checked keys, being told of changes.
import { CodedError, type DocumentName, keyOf } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { Documents } from '../replica.ts'

/** Calls `listener` after each change of a document's registers; returns how to stop that. */
export function subscribeTo(
  replica: Pick<Documents, 'subscribe'>,
  document: DocumentName,
  listener: () => void,
): () => void {
  return replica.subscribe(change => {
    if (change.document === document && change.registers.length > 0) listener()
  })
}

/**
 * The key of these parts.
 *
 * @throws CodedError `invalid-key` for an empty part or text that is not well formed
 */
export function checkedKey(...parts: string[]): string {
  if (parts.some(part => typeof part !== 'string' || part === '')) throw new CodedError('invalid-key')
  try {
    return keyOf(...parts)
  } catch (cause) {
    throw new CodedError('invalid-key', undefined, { cause })
  }
}

/**
 * The value, checked.
 *
 * @throws CodedError `invalid-input`, naming the fields that are wrong but not what they hold
 */
export function checkedValue<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).filter(Boolean)
  throw new CodedError(
    'invalid-input',
    fields.length > 0 ? `Not as documented: ${fields.join(', ')}.` : undefined,
  )
}

/** `value` without the properties that are `undefined`, which JSON cannot carry. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}

/** ISO 8601 UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
