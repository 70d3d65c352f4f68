// What admins have done.
import type { AuditLogEntry } from '@workforce-democracy/shared'
import { emptyState, meta, pageHead } from '../../../client-sdk/example/src/components/blocks.ts'
import { type Child, h } from '../../../client-sdk/example/src/dom.ts'
import { formatTime } from '../../../client-sdk/example/src/format.ts'
import { words } from './language.ts'
import { type AdminContext, pagedList } from './view.ts'

/** `/admin/audit-log` */
export const auditLogPage = ({ api }: AdminContext): Child => [
  pageHead(words.log.title, words.log.lead),
  h('h2', { class: 'visually-hidden' }, words.log.entries),
  pagedList(
    cursor => api.auditLog(cursor),
    ({ action, subject, recordedAt, adminId, detail }) => [
      h('h3', {}, words.log.actions[action] ?? action),
      meta(
        nameOf(detail),
        formatTime(recordedAt),
        adminId === null ? words.log.deletedAccount : words.log.by(adminId.slice(-4)),
      ),
      detail &&
        h(
          'details',
          { class: 'small' },
          h('summary', {}, words.log.changes),
          h('p', {}, h('code', {}, subject)),
          h('pre', {}, JSON.stringify(detail, null, 2)),
        ),
    ],
    emptyState(words.log.none, words.log.noneText),
  ),
]

/** The title of what it was done to, where the log has one: of a path it is within what the path was and became. */
function nameOf(detail: AuditLogEntry['detail']): Child {
  const titles = [detail, ...Object.values(detail ?? {})].map(
    each => (each as { title?: unknown } | null)?.title,
  )
  return titles.find(title => typeof title === 'string') as string | undefined
}
