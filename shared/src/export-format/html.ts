// HTML made so that text can never become markup: what a template is given is escaped unless it is Html itself.
import { escapeHTML } from 'lib0/string'

/** Markup. A class, so that no object out of someone's data passes for it. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

/** What a template takes: text and numbers are escaped, lists are joined, nothing for `undefined`. */
export type HtmlPart = Html | readonly HtmlPart[] | string | number | undefined

/** A template whose values are escaped. */
export function html(strings: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(toMarkup)))
}

function toMarkup(part: HtmlPart): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.markup
  if (typeof part === 'object') return part.map(toMarkup).join('')
  return escapeHTML(String(part))
}
