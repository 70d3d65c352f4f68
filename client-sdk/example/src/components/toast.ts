// Short words at the foot of the page about what has just happened.

import { type Child, h } from '../dom.ts'
import { errorText } from '../error-text.ts'

/** What can be done about it. */
export interface ToastAction {
  readonly label: string
  readonly onPress: () => void
}

const SHOWN_MS = 7_000
const region = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' })

/** Where toasts are shown: once a page. */
export const toastRegion = (): HTMLElement => region

/** Shows a word; one that something can be done about stays for as long as it is not answered, if `stays`. */
export function toast(text: Child, action?: ToastAction, { stays = false } = {}): () => void {
  const close = () => element.remove()
  const act = () => {
    close()
    action?.onPress()
  }
  const element = h(
    'div',
    { class: 'toast' },
    h('span', {}, text),
    action && h('button', { class: 'button', type: 'button', on: { click: act } }, action.label),
  )
  region.replaceChildren(element)
  if (!stays) setTimeout(close, SHOWN_MS)
  return close
}

/** Says what went wrong. */
export function reportError(error: unknown): void {
  toast(errorText(error))
}
