// A field for a password, whose text can be looked at.
import { t } from '../language.ts'
import { type Field, textField } from './field.ts'

export const MIN_PASSWORD = 12

/** A password that is known. */
export const passwordField = (label: string = t.me.password): Field<HTMLInputElement> =>
  textField({ label, control: { type: 'password', autocomplete: 'current-password', required: true } })

/** A password that is new. */
export const newPasswordField = (label: string = t.me.newPassword): Field<HTMLInputElement> =>
  textField({
    ...{ label, hint: t.me.passwordHint },
    control: { type: 'password', autocomplete: 'new-password', minlength: MIN_PASSWORD, required: true },
  })

/** Says so when it is too short; whether it is long enough. */
export function isLongEnough(field: Field<HTMLInputElement>): boolean {
  const isEnough = field.control.value.length >= MIN_PASSWORD
  field.fail(isEnough ? undefined : t.me.tooShort)
  return isEnough
}
