// What every importer is: how an entry becomes an item, and how a batch of items is stored.
import * as z from 'zod/mini'
import type { Db } from '../db/database.ts'

/** How many items of a batch were new, changed, or already there as they are. */
export interface Changes {
  readonly added: number
  readonly updated: number
  readonly unchanged: number
}

/** An entry made into an item, left out on purpose, or not of the documented form. */
export type Converted<T> = { readonly item: T } | { readonly skipped: string } | { readonly rejected: string }

/** One kind of file. Stateless: what it stores is all that it knows. */
export interface Importer<T> {
  /** What an item is called, in the plural. */
  readonly noun: string
  /** Items a transaction. */
  readonly batchSize: number
  convert(value: unknown): Converted<T>
  /** The same for two entries that mean the same item: the second one is left out. */
  keyOf(item: T): string
  /** Stores a batch in the caller's transaction. Storing it again changes nothing. */
  write(db: Db, items: readonly T[]): Promise<Changes>
  /** Called once at the end of a file that was read whole and without a rejected entry. */
  finish?(db: Db, keys: ReadonlySet<string>): Promise<void>
}

/** zod/mini has no messages of its own. */
const { localeError } = z.locales.en()

/** Checks an entry against a schema; the reason names the field. */
export function checked<T, U>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  convert: (value: T) => Converted<U>,
): Converted<U> {
  const result = schema.safeParse(value, { error: localeError })
  if (result.success) return convert(result.data)
  const [issue] = result.error.issues
  const path = issue?.path.join('.')
  return { rejected: `${path ? `${path}: ` : ''}${issue?.message ?? 'not of the documented form'}` }
}
