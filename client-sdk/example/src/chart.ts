// Draws charts with the parts of Chart.js that bars need. Loaded only where there is one.
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js'
import type { ChartData } from './components/chart-frame.ts'

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip)

/** Draws bars, in the colours of the page, and again when the theme changes. */
export function drawBars(canvas: HTMLCanvasElement, data: ChartData, signal: AbortSignal): void {
  const chart = new Chart(canvas, configuration(canvas, data))
  const theme = matchMedia('(prefers-color-scheme: dark)')
  const redraw = () => {
    Object.assign(chart, { options: configuration(canvas, data).options })
    chart.data = configuration(canvas, data).data
    chart.update('none')
  }
  theme.addEventListener('change', redraw, { signal })
  document.addEventListener('themechange', redraw, { signal })
  signal.addEventListener('abort', () => chart.destroy())
}

function configuration(canvas: HTMLCanvasElement, { labels, values, format, horizontal }: ChartData) {
  const ink = colourOf(canvas, '--ink-soft')
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches
  const font = { family: getComputedStyle(document.body).fontFamily, size: 13 }
  const valueAxis = {
    beginAtZero: true,
    border: { display: false },
    grid: { color: colourOf(canvas, '--line') },
    ticks: {
      color: ink,
      font,
      precision: 0,
      maxTicksLimit: 5,
      callback: (value: number | string) => format(Number(value)),
    },
  }
  const labelAxis = {
    border: { color: colourOf(canvas, '--line-strong') },
    grid: { display: false },
    ticks: { color: ink, font, maxRotation: 0, autoSkip: !horizontal, autoSkipPadding: 12 },
  }
  return {
    type: 'bar' as const,
    data: {
      labels: horizontal ? labels.map(inLines) : [...labels],
      datasets: [
        {
          data: [...values],
          backgroundColor: colourOf(canvas, '--accent'),
          borderRadius: 3,
          maxBarThickness: 28,
        },
      ],
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      indexAxis: horizontal ? ('y' as const) : ('x' as const),
      animation: isStill ? (false as const) : { duration: 400 },
      scales: horizontal ? { x: valueAxis, y: labelAxis } : { x: labelAxis, y: valueAxis },
      plugins: {
        tooltip: {
          displayColors: false,
          callbacks: {
            title: ([item]: { dataIndex: number }[]) => (item && labels[item.dataIndex]) ?? '',
            label: ({ parsed }: { parsed: { x: number | null; y: number | null } }) =>
              format((horizontal ? parsed.x : parsed.y) ?? 0),
          },
        },
      },
    },
  }
}

/** Longer labels stand in two lines: an axis leaves them little room in a narrow window. */
const LINE_LENGTH = 16

/** A label in two lines of about the same length, if it is long and has a blank. */
function inLines(label: string): string | string[] {
  if (label.length <= LINE_LENGTH) return label
  const middle = label.length / 2
  const blanks = [...label.matchAll(/ /g)].map(({ index }) => index)
  const [nearest] = blanks.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))
  return nearest === undefined ? label : [label.slice(0, nearest), label.slice(nearest + 1)]
}

/** A colour of the page as the canvas takes it: `light-dark()` is resolved by an element that has it. */
function colourOf(canvas: HTMLCanvasElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  canvas.parentElement?.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
