// A list that shows as much as somebody reads, and more when asked.
import { type Child, fill, h } from '../dom.ts'
import { formatNumber } from '../format.ts'
import { t } from '../language.ts'
import { list } from './blocks.ts'
import { button } from './button.ts'

const AT_ONCE = 30

/** The first of the items, with a button for the next ones; `render` is called for those that are shown. */
export function longList<Item>(
  items: readonly Item[],
  render: (item: Item) => Child,
  label?: string,
): HTMLElement {
  const element = h('div', { class: 'stack' })
  const shown = list(items.slice(0, AT_ONCE).map(render), label)
  const rest = h('div')
  const showMore = () => {
    const from = shown.children.length
    const added = items
      .slice(from, from + AT_ONCE)
      .map(item => h('li', { class: 'item', tabindex: -1 }, render(item)))
    shown.append(...added)
    offerMore()
    added[0]?.focus()
  }
  const offerMore = () => {
    const left = items.length - shown.children.length
    fill(rest, left > 0 && button(t.common.showMore(formatNumber(left)), { onPress: showMore }))
  }
  offerMore()
  element.append(shown, rest)
  return element
}
