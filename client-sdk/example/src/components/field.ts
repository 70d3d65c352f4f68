// Fields of forms: a label, a hint, what is wrong, and the control that all three belong to.
import { type Attributes, type Child, fill, h, newId } from '../dom.ts'

/** What every field takes. */
export interface FieldOptions {
  readonly label: string
  readonly hint?: Child
  readonly wide?: boolean
  /** Attributes of the control. */
  readonly control?: Attributes
}

/** A field with its control. */
export interface Field<Control extends HTMLElement> {
  readonly element: HTMLElement
  readonly control: Control
  /** Says what is wrong, or with nothing that all is well. */
  fail(message?: string): void
}

/** A line of text, or whatever `control.type` says. */
export function textField(options: FieldOptions): Field<HTMLInputElement> {
  return field(options, attributes => h('input', { type: 'text', ...attributes }))
}

/** Several lines. */
export function textArea(options: FieldOptions & { readonly value?: string }): Field<HTMLTextAreaElement> {
  return field(options, attributes => h('textarea', attributes, options.value ?? ''))
}

/** One of several. */
export function selectField(
  options: FieldOptions & {
    readonly options: readonly (readonly [string, string])[]
    readonly value?: string
  },
): Field<HTMLSelectElement> {
  return field(options, attributes =>
    h(
      'select',
      attributes,
      options.options.map(([value, label]) =>
        h('option', { value, selected: value === (options.value ?? '') }, label),
      ),
    ),
  )
}

/** A box to tick. */
export function checkField(
  label: Child,
  { checked, onChange, key }: { checked?: boolean; onChange?: (checked: boolean) => void; key?: string } = {},
): HTMLLabelElement {
  const control = h('input', {
    ...{ type: 'checkbox', checked: checked ?? false, 'data-key': key },
    on: { change: () => onChange?.(control.checked) },
  })
  return h('label', { class: 'check' }, control, h('span', {}, label))
}

function field<Control extends HTMLElement>(
  { label, hint, wide, control: given = {} }: FieldOptions,
  make: (attributes: Attributes) => Control,
): Field<Control> {
  const id = newId('field')
  const hintId = `${id}-hint`
  const errorId = `${id}-error`
  const described = hint === undefined ? errorId : `${hintId} ${errorId}`
  const control = make({ ...given, id, class: 'input', 'aria-describedby': described })
  const error = h('span', { class: 'field-error', id: errorId })
  const element = h(
    'div',
    { class: wide ? 'field field-wide' : 'field' },
    h('label', { class: 'field-label', for: id }, label),
    hint !== undefined && h('span', { class: 'field-hint', id: hintId }, hint),
    control,
    error,
  )
  return {
    element,
    control,
    fail(message) {
      fill(error, message)
      if (message === undefined) control.removeAttribute('aria-invalid')
      else {
        control.setAttribute('aria-invalid', 'true')
        control.focus()
      }
    },
  }
}
