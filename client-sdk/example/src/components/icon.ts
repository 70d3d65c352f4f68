// Icons, drawn here: 24 units wide, in the colour of their text, and silent for screen readers.
import { svg } from '../dom.ts'

const PATHS = {
  home: 'M4 11.5 12 5l8 6.5V20h-5.5v-5h-5v5H4z',
  learn: 'M12 7c-2-1.6-4.7-2-8-2v13c3.300 0 6 .4 8 2 2-1.600 4.700-2 8-2V5c-3.300 0-6 .4-8 2zm0 0v13',
  civic: 'M4 20h16M5 9h14M12 4l7.500 5h-15zM7 9v8m5-8v8m5-8v8M5 17h14',
  local:
    'M12 21c4.500-4.600 6.500-8 6.500-11a6.500 6.500 0 1 0-13 0c0 3 2 6.400 6.500 11zm0-8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  me: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7.500 8c.8-3.600 3.700-5.500 7.500-5.500s6.700 1.900 7.500 5.500',
  check: 'M5 12.500 10 17 19 7',
  cross: 'M6 6l12 12M18 6 6 18',
  minus: 'M6 12h12',
  cloud: 'M7 18h10a4 4 0 0 0 .6-7.950A5.500 5.500 0 0 0 7 9.500 4.300 4.300 0 0 0 7 18z',
  device: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm3 15h2',
  offline:
    'M4 4l16 16M7 18h10M8.200 8.300A5.500 5.500 0 0 0 7 9.500 4.300 4.300 0 0 0 7 18m4-11.800a5.500 5.500 0 0 1 6.600 3.850A4 4 0 0 1 20 16',
  alert: 'M12 4 3 20h18zm0 6v5m0 2.500v.1',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zm0-10v5.500M12 7.500v.1',
  lock: 'M6 11h12v9H6zm2.500 0V8a3.500 3.500 0 0 1 7 0v3',
  open: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  bookmark: 'M6.500 4h11v16L12 16l-5.500 4z',
  star: 'M12 3.500l2.600 5.400 5.900.8-4.300 4.100 1 5.900-5.200-2.800-5.200 2.800 1-5.900L3.500 9.700l5.900-.8z',
  external: 'M14 5h5v5M19 5l-8 8M17 14v5H5V7h5',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zm5-1.500L20 20',
  flame:
    'M12 3c.5 3.500 5.500 5.500 5.500 10.500a5.500 5.500 0 0 1-11 0C6.500 11 8 9.800 8.500 8c1.200.6 1.800 1.500 2 2.500C12 9 12.500 6 12 3z',
  trash: 'M5 7h14M9.500 7V4.500h5V7m2.500 0-.8 13H7.800L7 7m3.500 3.500v6m3-6v6',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
} as const
export type IconName = keyof typeof PATHS

/** An icon of `size` pixels. */
export function icon(name: IconName, size = 20): SVGSVGElement {
  return svg(
    'svg',
    {
      ...{ width: size, height: size, viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
      ...{ fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75 },
      ...{ 'stroke-linecap': 'round', 'stroke-linejoin': 'round' },
    },
    svg('path', { d: PATHS[name] }),
  )
}
