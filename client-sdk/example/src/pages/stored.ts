// What the server sees: every row about the person, as it is stored.
import type { StoredResponse, StoredValue } from '@workforce-democracy/client'
import { chip, pageHead, skeleton } from '../components/blocks.ts'
import { type Child, fill, h } from '../dom.ts'
import { errorText } from '../error-text.ts'
import { formatNumber, formatTime } from '../format.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'
import { meTabs, needAccount } from './me-tabs.ts'

/** More rows of a table than anybody reads at once. */
const ROWS = 50

export const storedPage: Page = ({ client, signal }) => {
  const element = h('div', { class: 'stack' }, client.account.current() ? skeleton(8) : needAccount())
  if (client.account.current())
    client.privacy.whatTheServerSees().then(
      stored => fill(element, signal.aborted ? undefined : tables(stored)),
      error => fill(element, h('p', { class: 'soft' }, errorText(error))),
    )
  return {
    title: t.me.storedTitle,
    content: [pageHead(t.me.storedTitle, t.me.storedLead), meTabs(), element],
  }
}

function tables({ madeAt, tables: all }: StoredResponse): Child {
  return [
    h('p', { class: 'small soft' }, t.me.storedAt(formatTime(madeAt))),
    h(
      'ul',
      { class: 'list', role: 'list' },
      all
        .toSorted((a, b) => b.rows.length - a.rows.length)
        .map(({ table, rows }) =>
          h(
            'li',
            { class: 'item stored-table' },
            h(
              'details',
              {},
              h(
                'summary',
                {},
                h('span', {}, t.me.storedTables[table] ?? table),
                h(
                  'span',
                  { class: 'meta' },
                  h('span', {}, t.me.storedRows(formatNumber(rows.length))),
                  h('span', {}, h('code', {}, table)),
                ),
              ),
              rows.length === 0 ? h('p', { class: 'soft' }, t.me.storedEmpty) : rows.slice(0, ROWS).map(row),
            ),
          ),
        ),
    ),
  ]
}

function row(columns: Readonly<Record<string, StoredValue>>): HTMLElement {
  return h(
    'dl',
    { class: 'stored-row' },
    Object.entries(columns).map(([name, value]) => [
      h('dt', {}, h('code', {}, name)),
      h('dd', {}, valueWords(value)),
    ]),
  )
}

function valueWords(value: StoredValue): Child {
  if (value === null) return '–'
  if (typeof value !== 'object') return String(value)
  if ('json' in value) return h('code', {}, JSON.stringify(value.json))
  const size = t.me.storedBytes(formatNumber(value.sizeBytes))
  const kinds = {
    hash: t.me.storedHash,
    readable: t.me.storedReadable,
    sealed: t.me.storedSealed,
    opaque: t.me.storedOpaque,
  } as const
  return [
    chip(kinds[value.kind], {
      accent: value.kind === 'sealed',
      icon: value.kind === 'readable' ? 'open' : 'lock',
    }),
    ` ${size}`,
    value.content !== undefined && h('pre', { class: 'small' }, JSON.stringify(value.content, null, 1)),
  ]
}
