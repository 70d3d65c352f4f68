// Where the data stands, and what to do about it.
import type { Client } from '@workforce-democracy/client'
import type { BrowserClient } from '@workforce-democracy/client/browser'
import { card, notice, pageHead } from '../components/blocks.ts'
import { button } from '../components/button.ts'
import { confirmNotice } from '../components/confirm-notice.ts'
import { toast } from '../components/toast.ts'
import { type Child, fill, h } from '../dom.ts'
import { formatMegabytes, formatNumber } from '../format.ts'
import { t } from '../language.ts'
import { live } from '../live.ts'
import type { Page } from '../page.ts'
import { syncWords } from '../sync-state.ts'
import { meTabs } from './me-tabs.ts'

export const syncPage: Page = ({ client, signal }) => {
  const on = [
    client.sync.subscribe,
    client.account.subscribe,
    client.privacy.subscribe,
    client.store.subscribe,
  ]
  return {
    title: t.sync.title,
    content: [
      pageHead(t.sync.title, t.me.syncLead),
      meTabs(),
      live({ signal, on, className: 'stack stack-wide' }, () => [
        confirmNotice(client),
        tampering(client),
        standing(client),
      ]),
      room(client, signal),
    ],
  }
}

function standing(client: Client): Child {
  const { sync, store, device, account } = client
  const words = syncWords(client)
  return card(
    h('h2', {}, words.text),
    h('p', {}, words.explanation),
    h(
      'dl',
      { class: 'stored-row' },
      [
        [t.sync.waiting, formatNumber(sync.status.pending)],
        [t.sync.store, t.sync.conditions[store.condition] ?? store.condition],
        [t.sync.device, h('code', {}, device)],
      ].map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    ),
    account.current() &&
      h('div', { class: 'row' }, button(t.sync.syncNow, { key: 'flush', onPress: () => sync.flush() })),
  )
}

/** Whether the browser has promised to keep it, and how much there is. */
function room({ storage }: BrowserClient, signal: AbortSignal): HTMLElement {
  const element = h('div')
  storage.report().then(
    ({ persisted, usageBytes }) => {
      if (signal.aborted) return
      const keep = async () => {
        if (await storage.persist()) fill(element, h('p', { class: 'soft' }, t.sync.kept))
        else toast(t.sync.notKept)
      }
      const size = t.sync.size(formatMegabytes(usageBytes))
      fill(
        element,
        card(
          h('h2', {}, t.sync.room),
          h('p', {}, persisted ? t.sync.kept : t.sync.clearable, ' ', size),
          !persisted && h('div', { class: 'row' }, button(t.sync.askToKeep, { onPress: keep })),
        ),
      )
    },
    // Where the browser does not say there is nothing to show.
    () => undefined,
  )
  return element
}

function tampering({ sync }: Client): Child {
  if (sync.tampering.length === 0) return undefined
  const names = sync.tampering.map(({ document, code }) =>
    h('li', {}, `${t.categories[document] ?? document}: ${code}`),
  )
  return notice('danger', h('h3', {}, t.sync.tampering), h('p', {}, t.sync.tamperingText), h('ul', {}, names))
}
