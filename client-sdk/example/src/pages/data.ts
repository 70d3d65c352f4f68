// The person's data: taken along, brought back, deleted.
import type { Client } from '@workforce-democracy/client'
import { card, pageHead } from '../components/blocks.ts'
import { button } from '../components/button.ts'
import { confirmDialog } from '../components/dialog.ts'
import { textField } from '../components/field.ts'
import { form } from '../components/form.ts'
import { passwordField } from '../components/password-field.ts'
import { toast } from '../components/toast.ts'
import { h } from '../dom.ts'
import { formatNumber } from '../format.ts'
import { t } from '../language.ts'
import { live } from '../live.ts'
import type { Page } from '../page.ts'
import { meTabs } from './me-tabs.ts'

export const dataPage: Page = ({ client, signal }) => ({
  title: t.me.dataTitle,
  content: [
    pageHead(t.me.dataTitle, t.me.dataLead),
    meTabs(),
    h('div', { class: 'split split-even' }, exportCard(client), importCard(client)),
    live({ signal, on: [client.account.subscribe] }, () => client.account.current() && deleteCard(client)),
  ],
})

function exportCard(client: Client): HTMLElement {
  const save = async () => {
    const url = URL.createObjectURL(new Blob([await client.exportFile()], { type: 'text/html' }))
    const day = new Date().toISOString().slice(0, 10)
    h('a', { href: url, download: `workforce-democracy-${day}.html` }).click()
    // The browser has begun to read it by the next turn of the clock.
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
    toast(t.me.exported)
  }
  return card(
    h('h2', {}, t.me.export),
    h('p', { class: 'soft' }, t.me.exportText),
    h('div', { class: 'row' }, button(t.me.exportButton, { kind: 'primary', onPress: save })),
  )
}

function importCard(client: Client): HTMLElement {
  const file = textField({ label: t.me.importLabel, control: { type: 'file', accept: '.html,text/html' } })
  const join = async () => {
    const [chosen] = file.control.files ?? []
    if (!chosen) return
    const { joined, found } = await client.importFile(await chosen.text())
    toast(t.me.imported(formatNumber(joined), formatNumber(found)))
  }
  return card(
    h('h2', {}, t.me.import),
    h('p', { class: 'soft' }, t.me.importText),
    form({ submit: t.me.import, onSubmit: join }, file.element),
  )
}

function deleteCard({ account }: Client): HTMLElement {
  const password = passwordField()
  const remove = async () => {
    const question = { title: t.me.delete, text: t.me.deleteText, confirm: t.me.deleteConfirm }
    if (!(await confirmDialog({ ...question, kind: 'danger' }))) return
    await account.delete(password.control.value)
    toast(t.me.deleted)
  }
  return h(
    'div',
    { class: 'measure' },
    card(
      h('h2', {}, t.me.delete),
      h('p', { class: 'soft' }, t.me.deleteText),
      form({ submit: t.me.deleteConfirm, kind: 'danger', onSubmit: remove }, password.element),
    ),
  )
}
