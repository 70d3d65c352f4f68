// What admins have done.
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
      h('h3', {}, action),
      meta(
        formatTime(recordedAt),
        h('code', {}, subject),
        adminId === null ? words.log.deletedAccount : h('code', {}, words.log.by(adminId.slice(-8))),
      ),
      detail &&
        h(
          'details',
          { class: 'small' },
          h('summary', {}, words.log.changes),
          h('pre', {}, JSON.stringify(detail, null, 2)),
        ),
    ],
    emptyState(words.log.none, words.log.noneText),
  ),
]
