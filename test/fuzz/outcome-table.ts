// How hostile frames ended, as a table to be read.
import type { Outcomes } from './attack.ts'

/** A line for each kind of frame, a column for each outcome, and the sums below. */
export function outcomeTable(outcomes: Outcomes): string {
  const columns = [...new Set([...outcomes.values()].flatMap(counts => [...counts.keys()]))].sort().reverse()
  const row = (title: string, countOf: (column: string) => string | number) =>
    [title.padEnd(48), ...columns.map(column => String(countOf(column)).padStart(8))].join('')
  const sum = (column: string) =>
    [...outcomes.values()].reduce((total, counts) => total + (counts.get(column) ?? 0), 0)
  return [
    row('frame', column => column),
    ...[...outcomes].sort().map(([kind, counts]) => row(kind, column => counts.get(column) ?? '')),
    row('all', sum),
  ].join('\n')
}
