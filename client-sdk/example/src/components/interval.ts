// An interval drawn on a scale from 0 to 100: the bar is the range, the dot the value.
import { svg } from '../dom.ts'
import { formatPercent } from '../format.ts'
import { t } from '../language.ts'

/** Percents. */
export interface IntervalOptions {
  readonly percent: number | null
  readonly low: number
  readonly high: number
}

const HEIGHT = 28
const MIDDLE = 11

/** The drawing. It is as wide as there is room: x is given in percent. A dot at an end stands out by its half. */
export function interval({ percent, low, high }: IntervalOptions): SVGSVGElement {
  const label =
    percent === null
      ? t.civic.nothingToCompare
      : `${formatPercent(percent)}, ${t.civic.rangeShort(formatPercent(low), formatPercent(high))}`
  return svg(
    'svg',
    { class: 'interval', height: HEIGHT, role: 'img', 'aria-label': label },
    line(0, 100, 'interval-scale'),
    [0, 50, 100].map(x =>
      svg('line', { class: 'interval-tick', x1: at(x), x2: at(x), y1: MIDDLE - 5, y2: MIDDLE + 5 }),
    ),
    percent !== null && line(low, high, 'interval-range'),
    percent !== null && svg('circle', { class: 'interval-dot', cx: at(percent), cy: MIDDLE, r: 7 }),
  )
}

const line = (from: number, to: number, className: string) =>
  svg('line', { class: className, x1: at(from), x2: at(to), y1: MIDDLE, y2: MIDDLE })

const at = (percent: number) => `${percent.toFixed(2)}%`
