// What imports have come to: how far each is, and which entries it has left out.
import type { ImportRun } from '@workforce-democracy/shared'
import {
  chip,
  emptyState,
  meta,
  meter,
  notice,
  pageHead,
} from '../../../client-sdk/example/src/components/blocks.ts'
import { button } from '../../../client-sdk/example/src/components/button.ts'
import { type Child, h } from '../../../client-sdk/example/src/dom.ts'
import { formatNumber, formatPercent, formatTime } from '../../../client-sdk/example/src/format.ts'
import { words } from './language.ts'
import { type AdminContext, pagedList } from './view.ts'

/** One that has stored nothing for as long as this was most likely killed. */
const SILENT_MS = 5 * 60_000

/** `/admin/imports` */
export const importsPage = ({ api, go }: AdminContext): Child => [
  pageHead(words.imports.title, words.imports.lead),
  h('div', { class: 'row' }, button(words.imports.again, { onPress: () => go('/admin/imports') })),
  h('h2', { class: 'visually-hidden' }, words.imports.runs),
  pagedList(
    () => api.imports(),
    run,
    emptyState(
      words.imports.none,
      h('span', {}, words.imports.noneText, h('code', {}, 'npm run import -- resources --from FILE')),
    ),
  ),
]

function run(one: ImportRun): Child {
  const { kind, fileName, startedAt, added, updated, unchanged, damage } = one
  return [
    h(
      'div',
      { class: 'row row-between' },
      h('h3', {}, `${words.imports.kinds[kind] ?? kind}: ${fileName}`),
      state(one),
    ),
    meta(formatTime(startedAt), words.imports.read(formatNumber(one.entriesRead))),
    one.finishedAt === null && progress(one),
    meta(
      words.imports.added(formatNumber(added)),
      words.imports.changed(formatNumber(updated)),
      words.imports.unchanged(formatNumber(unchanged)),
    ),
    damage !== null && notice('danger', h('p', {}, words.imports.damaged(damage))),
    leftOut(one),
  ]
}

function state({ finishedAt, updatedAt, rejected, damage }: ImportRun): HTMLElement {
  if (finishedAt !== null)
    return damage === null && rejected === 0
      ? chip(words.imports.done, { accent: true, icon: 'check' })
      : chip(words.imports.doneInPart)
  return Date.now() - Date.parse(updatedAt) > SILENT_MS
    ? chip(words.imports.interrupted)
    : chip(words.imports.underWay, { accent: true })
}

function progress({ bytesRead, sizeBytes }: ImportRun): HTMLElement {
  const percent = sizeBytes === 0 ? 0 : Math.min(100, (bytesRead / sizeBytes) * 100)
  return meter(percent, words.imports.far(formatPercent(percent)))
}

/** By reason what was left out on purpose, and line by line what is not as it should be. */
function leftOut({ skipped, rejected, rejectedLines }: ImportRun): Child {
  const reasons = Object.entries(skipped).map(([reason, count]) =>
    words.imports.leftOut(formatNumber(count), reason),
  )
  if (reasons.length === 0 && rejected === 0) return undefined
  return [
    reasons.length > 0 && meta(...reasons),
    rejected > 0 &&
      h(
        'details',
        { class: 'small' },
        h('summary', {}, words.imports.rejected(formatNumber(rejected))),
        h(
          'ul',
          { class: 'stack stack-tight', role: 'list' },
          rejectedLines.map(line => h('li', {}, h('code', {}, line))),
        ),
        rejected > rejectedLines.length &&
          h('p', { class: 'soft' }, words.imports.firstOnes(formatNumber(rejectedLines.length))),
      ),
  ]
}
