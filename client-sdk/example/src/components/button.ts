// Buttons, and links that look like them.
import { type Attributes, type Child, h } from '../dom.ts'
import { type IconName, icon } from './icon.ts'
import { reportError } from './toast.ts'

/** What {@link button} takes. */
export interface ButtonOptions {
  readonly kind?: 'primary' | 'secondary' | 'danger' | 'quiet'
  readonly icon?: IconName
  /** For one that is on or off. */
  readonly pressed?: boolean
  /** A name for screen readers, where the text alone says too little. */
  readonly label?: string
  /** What the focus is kept by when the part that it stands in is drawn again. */
  readonly key?: string
  readonly type?: 'button' | 'submit'
  /** While a promise that it returns is under way the button takes no other press; what it fails with is shown. */
  readonly onPress?: () => unknown
}

/** A button. */
export function button(text: Child, options: ButtonOptions = {}): HTMLButtonElement {
  const { onPress } = options
  const element = h(
    'button',
    {
      ...looks(options),
      type: options.type ?? 'button',
      'aria-pressed': options.pressed === undefined ? undefined : String(options.pressed),
      ...(onPress && { on: { click: () => void press(element, onPress) } }),
    },
    options.icon && icon(options.icon),
    text,
  )
  return element
}

/** A link that looks like a button; one to elsewhere opens beside this page and tells nobody where it was found. */
export function buttonLink(text: Child, href: string, options: ButtonOptions = {}): HTMLAnchorElement {
  return h('a', { ...looks(options), ...linkTo(href) }, options.icon && icon(options.icon), text)
}

/** Attributes of a link. */
export function linkTo(href: string): Attributes {
  return href.startsWith('/') || href.startsWith('#')
    ? { href }
    : { href, target: '_blank', rel: 'noopener noreferrer', referrerpolicy: 'no-referrer' }
}

/** Runs what a button is for, once at a time. */
export async function press(element: HTMLElement, work: () => unknown): Promise<void> {
  if (element.getAttribute('aria-disabled') === 'true') return
  const done = attempt(work)
  if (!(done instanceof Promise)) return
  element.setAttribute('aria-disabled', 'true')
  try {
    await done
  } catch (error) {
    reportError(error)
  } finally {
    element.removeAttribute('aria-disabled')
  }
}

function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return Promise.reject(error)
  }
}

function looks({ kind = 'secondary', label, key }: ButtonOptions): Attributes {
  return { class: `button button-${kind}`, 'aria-label': label, 'data-key': key }
}
