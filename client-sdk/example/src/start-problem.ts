// The page for when the data in this browser cannot be opened.
import { pageHead } from './components/blocks.ts'
import { button } from './components/button.ts'
import { fill, h } from './dom.ts'
import { errorText } from './error-text.ts'
import { t } from './language.ts'

/** Says what stands in the way, and what to do. */
export function showProblem(root: HTMLElement, error: unknown): void {
  const again = button(t.start.again, { kind: 'primary', onPress: () => location.reload() })
  fill(
    root,
    h(
      'main',
      { class: 'page' },
      pageHead(t.start.problem, errorText(error)),
      h('p', { class: 'measure soft' }, t.start.safe),
      h('div', { class: 'row' }, again),
    ),
  )
}
