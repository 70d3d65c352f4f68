// Forms: sent by Enter or their button, once at a time, with what went wrong said in place.
import { type Child, fill, h } from '../dom.ts'
import { errorText } from '../error-text.ts'
import { button, press } from './button.ts'

/** What {@link form} takes. */
export interface FormOptions {
  readonly submit: string
  readonly onSubmit: () => Promise<unknown>
  /** Other buttons beside that of the form. */
  readonly beside?: Child
  readonly kind?: 'primary' | 'danger'
}

/** A form around fields. */
export function form(
  { submit, onSubmit, beside, kind = 'primary' }: FormOptions,
  ...fields: Child[]
): HTMLFormElement {
  const problem = h('p', { class: 'field-error', role: 'alert' })
  const send = button(submit, { kind, type: 'submit' })
  const work = async () => {
    fill(problem)
    await onSubmit().catch(error => fill(problem, errorText(error)))
  }
  const submitted = (event: Event) => {
    event.preventDefault()
    void press(send, work)
  }
  return h(
    'form',
    { class: 'stack', novalidate: true, on: { submit: submitted } },
    fields,
    problem,
    h('div', { class: 'row' }, send, beside),
  )
}
