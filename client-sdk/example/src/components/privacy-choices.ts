// The choice of who may see a category, in plain words.
import type { PrivacyChoice } from '@workforce-democracy/client'
import { h, newId } from '../dom.ts'
import { t } from '../language.ts'

/** Categories that a person chooses for. */
export const CATEGORIES = ['votes', 'progress', 'bookmarks', 'profile'] as const
/** A category that a person chooses for. */
export type Category = (typeof CATEGORIES)[number]

const CHOICES = ['local', 'sealed', 'open'] as const

/** The three choices for one category. */
export function privacyChoices(
  category: Category,
  chosen: PrivacyChoice,
  onChoose: (choice: PrivacyChoice) => void,
): HTMLFieldSetElement {
  const name = newId('privacy')
  return h(
    'fieldset',
    { class: 'stack stack-tight', 'data-category': category },
    h('legend', {}, h('h3', {}, t.categories[category])),
    h('p', { class: 'soft' }, t.categoryTexts[category]),
    h(
      'div',
      { class: 'choices' },
      CHOICES.map(choice =>
        h(
          'label',
          { class: 'choice' },
          h('input', {
            ...{ type: 'radio', name, value: choice, checked: choice === chosen },
            'data-key': `${category}-${choice}`,
            on: { change: () => onChoose(choice) },
          }),
          h('span', { class: 'strong' }, t.choices[choice]),
          h('span', { class: 'small soft' }, t.choices[`${choice}Text`]),
        ),
      ),
    ),
  )
}
