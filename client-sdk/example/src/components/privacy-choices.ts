// The choice of who may see a category, in plain words.
import type { PrivacyChoice } from '@workforce-democracy/client'
import { h, newId } from '../dom.ts'
import { t } from '../language.ts'
import { icon } from './icon.ts'

/** Categories that a person chooses for. */
export const CATEGORIES = ['votes', 'progress', 'bookmarks', 'profile'] as const
/** A category that a person chooses for. */
export type Category = (typeof CATEGORIES)[number]

const CHOICES = ['local', 'sealed', 'open'] as const
const ICONS = { local: 'device', sealed: 'lock', open: 'open' } as const

/** What each choice means, and what it costs. */
export function choicesExplained(): HTMLElement {
  return h(
    'dl',
    { class: 'explained' },
    CHOICES.map(choice =>
      h(
        'div',
        {},
        h('dt', {}, h('span', { class: 'explained-icon' }, icon(ICONS[choice], 26)), t.choices[choice]),
        h('dd', {}, t.choices[`${choice}Text`]),
        h('dd', { class: 'soft small' }, t.choices[`${choice}Cost`]),
      ),
    ),
  )
}

/** The three choices for one category. */
export function privacyChoices(
  category: Category,
  chosen: PrivacyChoice,
  onChoose: (choice: PrivacyChoice) => void,
): HTMLFieldSetElement {
  const name = newId('privacy')
  return h(
    'fieldset',
    { class: 'category', 'data-category': category },
    h('legend', { class: 'visually-hidden' }, t.categories[category]),
    h(
      'div',
      { 'aria-hidden': 'true' },
      h('p', { class: 'strong' }, t.categories[category]),
      h('p', { class: 'small soft' }, t.categoryTexts[category]),
    ),
    h(
      'div',
      { class: 'segments' },
      CHOICES.map(choice =>
        h(
          'label',
          { class: 'segment' },
          h('input', {
            ...{ type: 'radio', name, value: choice, checked: choice === chosen },
            'data-key': `${category}-${choice}`,
            on: { change: () => onChoose(choice) },
          }),
          icon(ICONS[choice], 18),
          h('span', {}, t.choices[choice]),
        ),
      ),
    ),
  )
}
