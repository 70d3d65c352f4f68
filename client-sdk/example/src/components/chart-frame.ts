// The frame of a chart: a title, a sentence that says what it shows, the drawing, and the same figures as a table.
import { type Child, h } from '../dom.ts'
import { t } from '../language.ts'

/** A row of bars. */
export interface ChartData {
  readonly title: string
  /** What somebody who does not see it should know. */
  readonly summary: string
  readonly labels: readonly string[]
  readonly values: readonly number[]
  /** How a value reads. */
  readonly format: (value: number) => string
  readonly horizontal?: boolean
  readonly unit: string
}

/** A chart of bars. What draws it is loaded when the first one is shown. */
export function chartFrame(data: ChartData, signal: AbortSignal, beside?: Child): HTMLElement {
  const canvas = h('canvas', { role: 'img', 'aria-label': `${data.title}. ${data.summary}` })
  void import('../chart.ts').then(({ drawBars }) => {
    if (!signal.aborted) drawBars(canvas, data, signal)
  })
  return h(
    'figure',
    { class: 'card chart' },
    h(
      'figcaption',
      { class: 'stack stack-tight' },
      h('h3', {}, data.title),
      h('p', { class: 'soft small' }, data.summary),
    ),
    h('div', { class: 'chart-canvas' }, canvas),
    h('details', { class: 'small' }, h('summary', {}, t.common.asTable), table(data)),
    beside,
  )
}

function table({ labels, values, format, unit, title }: ChartData): HTMLElement {
  return h(
    'table',
    {},
    h('caption', { class: 'visually-hidden' }, title),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t.common.what), h('th', { scope: 'col' }, unit))),
    h(
      'tbody',
      {},
      labels.map((label, index) => h('tr', {}, h('td', {}, label), h('td', {}, format(values[index] ?? 0)))),
    ),
  )
}
