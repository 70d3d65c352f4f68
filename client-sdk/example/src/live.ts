// Parts of a page that follow the data: drawn again after each change, without taking the focus from whoever is in them.
import { type Child, fill, h } from './dom.ts'

/** Calls its listener after each change; returns how to stop that. */
export type Subscribe = (listener: () => void) => () => void

/** What {@link live} takes. */
export interface LiveOptions {
  /** Aborted when the page is left. */
  readonly signal: AbortSignal
  readonly on: readonly Subscribe[]
  /** Of the element that holds it; none unless given. */
  readonly className?: string
}

/** A part that `render` draws now and after each change. Several changes at once draw it once. */
export function live({ signal, on, className }: LiveOptions, render: () => Child): HTMLElement {
  const element = h('div', { class: className ?? 'stack' })
  let isDue = false
  const draw = () => {
    isDue = false
    if (!signal.aborted) keepingFocus(element, () => fill(element, render()))
  }
  const changed = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(draw)
  }
  for (const subscribe of on) signal.addEventListener('abort', subscribe(changed))
  draw()
  return element
}

/** Whoever had the focus has it again, if it is still there: found by `data-key`, or by id. */
function keepingFocus(element: HTMLElement, draw: () => void): void {
  const focused = document.activeElement
  const key = focused instanceof HTMLElement && element.contains(focused) ? focused.dataset.key : undefined
  draw()
  if (key === undefined) return
  const again = element.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (again instanceof HTMLElement) again.focus({ preventScroll: true })
}
