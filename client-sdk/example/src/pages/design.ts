// The design system on one page: what every other page is built from.
import {
  card,
  chip,
  emptyState,
  figures,
  list,
  meta,
  meterInWords,
  notice,
  pageHead,
  section,
  skeleton,
} from '../components/blocks.ts'
import { button } from '../components/button.ts'
import { chartFrame } from '../components/chart-frame.ts'
import { confirmDialog } from '../components/dialog.ts'
import { checkField, selectField, textArea, textField } from '../components/field.ts'
import { interval } from '../components/interval.ts'
import { starRating } from '../components/star-rating.ts'
import { toast } from '../components/toast.ts'
import { voteControl } from '../components/vote-control.ts'
import { h } from '../dom.ts'
import { formatNumber } from '../format.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'

const COLOURS = [
  'ground',
  'surface',
  'surface-sunk',
  'ink',
  'ink-soft',
  'line',
  'accent',
  'accent-soft',
  'caution',
  'danger',
]

export const designPage: Page = ({ signal }) => ({
  title: t.design.title,
  content: [
    pageHead(t.design.title, t.design.lead),
    section('Colour', h('div', { class: 'swatches' }, COLOURS.map(swatch))),
    section(
      'Type',
      card(
        h('h2', {}, 'A heading of the second level'),
        h('h3', {}, 'A heading of the third level'),
        h('p', { class: 'large' }, 'A lead that says what a page is about, in a sentence or two.'),
        h(
          'p',
          {},
          'Text at a size that is read without effort, with ',
          h('a', { href: '/design' }, 'a link'),
          '.',
        ),
        h('p', { class: 'soft small' }, 'What is said beside it, smaller and softer.'),
      ),
    ),
    section(
      'Button',
      h(
        'div',
        { class: 'row' },
        button('Primary', { kind: 'primary' }),
        button('Secondary'),
        button('With icon', { icon: 'bookmark' }),
        button('Pressed', { pressed: true }),
        button('Quiet', { kind: 'quiet' }),
        button('Danger', { kind: 'danger' }),
      ),
    ),
    section('Field', fields()),
    section(
      'Choice',
      card(
        voteControl({
          name: 'Example',
          chosen: 'yes',
          onCast: async () => undefined,
          onRetract: async () => undefined,
        }),
        starRating({ rating: 3, onRate: async () => undefined }),
      ),
    ),
    section('List and chip', list([listItem('First'), listItem('Second')])),
    section(
      'Notice',
      notice('info', 'Something to know.'),
      notice('caution', 'Something to mind.'),
      notice('danger', 'Something that cannot be undone.'),
    ),
    section(
      'Figures',
      card(
        figures([
          ['completed', '12'],
          ['in a row', '4'],
          ['spent learning', '3 hr'],
        ]),
        meterInWords(40, 'Example', '40% done'),
      ),
    ),
    section('Interval', card(interval({ percent: 72, low: 51, high: 87 }))),
    section(
      'Chart',
      chartFrame(
        {
          ...{ title: 'A chart', summary: 'Most on Wednesday.', unit: 'Minutes', format: formatNumber },
          labels: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
          values: [10, 25, 40, 5, 30],
        },
        signal,
      ),
    ),
    section(
      'Dialog and toast',
      h(
        'div',
        { class: 'row' },
        button('Open a dialog', { onPress: openExample }),
        button('Show a toast', {
          onPress: () => void toast('Saved on this device.', { label: 'Undo', onPress: () => undefined }),
        }),
      ),
    ),
    section('Skeleton', h('div', { class: 'card', 'data-sample': true }, skeleton(3))),
    section(
      'Empty state',
      emptyState(
        'Nothing here yet',
        'Why that is so, and what to do about it.',
        button('Do it', { kind: 'primary' }),
      ),
    ),
  ],
})

const openExample = () =>
  confirmDialog({ title: 'Go on?', text: 'A question that has to be answered first.', confirm: 'Go on' })

function swatch(name: string): HTMLElement {
  const colour = h('div', { class: 'swatch' })
  colour.style.background = `var(--${name})`
  return h('div', {}, colour, h('span', { class: 'small soft' }, name))
}

function fields(): HTMLElement {
  const wrong = textField({ label: 'With a mistake', control: { value: 'abc' } })
  wrong.control.setAttribute('aria-invalid', 'true')
  const error = wrong.element.querySelector('.field-error')
  if (error) error.textContent = 'What is wrong, and how to put it right.'
  return h(
    'div',
    { class: 'columns' },
    textField({ label: 'Text', hint: 'What it is for.' }).element,
    selectField({
      label: 'Select',
      options: [
        ['', 'Any'],
        ['a', 'First'],
      ],
    }).element,
    wrong.element,
    textArea({ label: 'Several lines' }).element,
    checkField('A box to tick', { checked: true }),
  )
}

function listItem(name: string) {
  return [
    h('h3', {}, h('a', { href: '/design' }, `${name} item of a list`)),
    meta('A fact', 'Another fact'),
    h('div', { class: 'chips' }, chip('Topic'), chip('Chosen', { accent: true, icon: 'check' })),
  ]
}
