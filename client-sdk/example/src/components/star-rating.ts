// One to five stars, as five buttons.
import { h } from '../dom.ts'
import { formatNumber } from '../format.ts'
import { t } from '../language.ts'
import { press } from './button.ts'
import { icon } from './icon.ts'

/** Stars to press; `rating` of them are on. */
export function starRating(options: {
  readonly rating: number | undefined
  readonly onRate: (rating: number) => Promise<unknown>
}): HTMLElement {
  const { rating = 0, onRate } = options
  return h(
    'div',
    { class: 'stars', role: 'group', 'aria-label': t.learn.rating },
    [1, 2, 3, 4, 5].map(stars => {
      const star: HTMLButtonElement = h(
        'button',
        {
          ...{ class: 'star', type: 'button', 'data-key': `star-${stars}`, 'data-on': stars <= rating },
          'aria-label': t.learn.rate(formatNumber(stars)),
          'aria-pressed': String(stars === rating),
          on: { click: () => void press(star, () => onRate(stars)) },
        },
        icon('star', 24),
      )
      return star
    }),
  )
}
