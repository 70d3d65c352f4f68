// Dialogs: what has to be answered before anything else.
import { type Child, h, newId } from '../dom.ts'
import { t } from '../language.ts'
import { button } from './button.ts'

/** What {@link openDialog} takes. */
export interface DialogOptions<T> {
  readonly title: string
  /** What is in it; `close` answers. */
  readonly body: (close: (answer: T) => void) => Child
  /** Whether Escape and a press beside it are an answer too. */
  readonly dismissible?: boolean
}

/** Opens a dialog; resolves with the answer, `undefined` when it was dismissed. The focus goes back to where it was. */
export function openDialog<T>({ title, body, dismissible = true }: DialogOptions<T>): Promise<T | undefined> {
  return new Promise(resolve => {
    const id = newId('dialog')
    let answer: T | undefined
    const close = (given: T) => {
      answer = given
      element.close()
    }
    const element = h(
      'dialog',
      {
        ...{ class: 'dialog', 'aria-labelledby': id },
        on: {
          cancel: event => void (dismissible || event.preventDefault()),
          close() {
            element.remove()
            resolve(answer)
          },
        },
      },
      h('div', { class: 'dialog-body' }, h('h2', { id, tabindex: -1 }, title), body(close)),
    )
    document.body.append(element)
    element.showModal()
  })
}

/** Asks whether to go on. */
export async function confirmDialog(options: {
  readonly title: string
  readonly text: Child
  readonly confirm: string
  readonly kind?: 'primary' | 'danger'
}): Promise<boolean> {
  const answer = await openDialog<boolean>({
    title: options.title,
    body: close => [
      h('p', {}, options.text),
      h(
        'div',
        { class: 'dialog-actions' },
        button(t.common.cancel, { onPress: () => close(false) }),
        button(options.confirm, { kind: options.kind ?? 'primary', onPress: () => close(true) }),
      ),
    ],
  })
  return answer ?? false
}
