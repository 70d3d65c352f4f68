// What went wrong, in a sentence that helps.
import { errorCode } from '@workforce-democracy/client'
import { t } from './language.ts'

/** The sentence for an error, by its code. */
export function errorText(error: unknown): string {
  return codeText(errorCode(error))
}

/** The sentence for a code. */
export function codeText(code: string): string {
  return t.errors[code] ?? t.errors.internal ?? code
}
