// The page for addresses that lead nowhere.
import { pageHead } from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { h } from '../dom.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'

export const notFoundPage: Page = () => ({
  title: t.start.notFound,
  content: [
    pageHead(t.start.notFound, t.start.notFoundText),
    h('div', { class: 'row' }, buttonLink(t.start.home, '/', { kind: 'primary' })),
  ],
})
