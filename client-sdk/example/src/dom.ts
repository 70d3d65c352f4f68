// Makes elements: what pages are written with. No HTML is ever parsed, so that no text can become any.

/** What an element can hold. */
export type Child = Node | string | number | null | undefined | false | readonly Child[]

/** Attributes of an element; `on` are its listeners. `false` and `undefined` leave an attribute out, `true` sets it empty. */
export interface Attributes {
  readonly on?: Readonly<Record<string, (event: Event) => void>>
  readonly [name: string]:
    | string
    | number
    | boolean
    | undefined
    | Readonly<Record<string, (event: Event) => void>>
}

const SVG = 'http://www.w3.org/2000/svg'

/**
 * An element with attributes and children.
 *
 * @example
 * h('p', { class: 'soft' }, 'Saved ', h('strong', {}, 'here'))
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children)
}

/** The same for drawings. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS(SVG, tag), attributes, children)
}

/** Replaces what an element holds. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...nodesOf(children))
}

function filled<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'object')
      for (const [event, hear] of Object.entries(value)) element.addEventListener(event, hear)
    else if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...nodesOf(children))
  return element
}

function nodesOf(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child): (Node | string)[] => {
    if (child === null || child === undefined || child === false) return []
    if (child instanceof Node) return [child]
    return typeof child === 'object' ? nodesOf(child) : [String(child)]
  })
}

let ids = 0
/** An id that no other element of the page has. */
export const newId = (prefix: string): string => `${prefix}-${++ids}`
