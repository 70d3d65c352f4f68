// What admins have done.
import { emptyState, meta, pageHead } from '../../../client-sdk/example/src/components/blocks.ts'
import { type Child, h } from '../../../client-sdk/example/src/dom.ts'
import { formatTime } from '../../../client-sdk/example/src/format.ts'
import { type AdminContext, pagedList } from './view.ts'

/** `/admin/audit-log` */
export const auditLogPage = ({ api }: AdminContext): Child => [
  pageHead('Audit log', 'Everything that admins have done, the latest first. Nothing here is about people.'),
  h('h2', { class: 'visually-hidden' }, 'Entries'),
  pagedList(
    cursor => api.auditLog(cursor),
    ({ action, subject, recordedAt, adminId, detail }) => [
      h('h3', {}, action),
      meta(
        formatTime(recordedAt),
        h('code', {}, subject),
        adminId === null ? 'an account that is deleted' : h('code', {}, `by ${adminId.slice(-8)}`),
      ),
      detail &&
        h(
          'details',
          { class: 'small' },
          h('summary', {}, 'What changed'),
          h('pre', {}, JSON.stringify(detail, null, 2)),
        ),
    ],
    emptyState('Nothing yet', 'What admins do from now on is written down here.'),
  ),
]
