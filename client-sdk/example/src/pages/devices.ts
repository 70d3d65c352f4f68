// The devices of the account: named, signed out, or taken out for good.
import type { Client, DeviceDescription } from '@workforce-democracy/client'
import { chip, list, meta, pageHead, skeleton, underHead } from '../components/blocks.ts'
import { button } from '../components/button.ts'
import { confirmDialog, openDialog } from '../components/dialog.ts'
import { textField } from '../components/field.ts'
import { form } from '../components/form.ts'
import { isLongEnough, newPasswordField, passwordField } from '../components/password-field.ts'
import { showRecoveryCode } from '../components/recovery-code.ts'
import { toast } from '../components/toast.ts'
import { type Child, fill, h } from '../dom.ts'
import { errorText } from '../error-text.ts'
import { formatDate } from '../format.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'
import { meTabs, needAccount } from './me-tabs.ts'

export const devicesPage: Page = ({ client, signal }) => {
  const element = h('div', {}, client.account.current() ? skeleton(5) : needAccount())
  const load = () =>
    client.account.devices.list().then(
      devices =>
        fill(
          element,
          signal.aborted
            ? undefined
            : underHead(t.me.devicesTitle, list(devices.map(device => deviceItem(client, device, load)))),
        ),
      error => fill(element, h('p', { class: 'soft' }, errorText(error))),
    )
  if (client.account.current()) void load()
  return {
    title: t.me.devicesTitle,
    content: [pageHead(t.me.devicesTitle, t.me.devicesLead), meTabs(), element],
  }
}

type Reload = () => Promise<void>

function deviceItem(client: Client, device: DeviceDescription, reload: Reload): Child {
  const name = device.name ?? t.me.unnamed
  return h(
    'div',
    { class: 'bill' },
    h(
      'div',
      { class: 'stack stack-tight' },
      h(
        'div',
        { class: 'row' },
        h('h3', {}, name),
        device.current && chip(t.me.thisDevice, { accent: true }),
      ),
      meta(t.me.since(formatDate(device.addedOn)), t.me.lastUsed(formatDate(device.lastSeenOn))),
    ),
    h(
      'div',
      { class: 'row' },
      button(t.me.rename, {
        label: `${t.me.rename}: ${name}`,
        onPress: () => rename(client, device, reload),
      }),
      !device.current && [
        device.active &&
          button(t.me.remove, {
            label: `${t.me.remove}: ${name}`,
            onPress: () => remove(client, device, reload),
          }),
        button(t.me.revoke, {
          kind: 'danger',
          label: `${t.me.revoke}: ${name}`,
          onPress: () => revoke(client, device, reload),
        }),
      ],
    ),
  )
}

async function rename({ account }: Client, { id, name }: DeviceDescription, reload: Reload): Promise<void> {
  const chosen = await openDialog<string>({
    title: t.me.rename,
    body(close) {
      const field = textField({ label: t.me.deviceName, control: { value: name ?? '', maxlength: 100 } })
      const submit = async () => {
        const given = field.control.value.trim()
        if (given) close(given)
      }
      return form({ submit: t.common.save, onSubmit: submit }, field.element)
    },
  })
  if (chosen === undefined) return
  await account.devices.rename(id, chosen)
  toast(t.me.renamed)
  await reload()
}

async function remove({ account }: Client, { id, name }: DeviceDescription, reload: Reload): Promise<void> {
  const title = t.me.removeTitle(name ?? t.me.unnamed)
  if (!(await confirmDialog({ title, text: t.me.removeText, confirm: t.me.remove, kind: 'danger' }))) return
  await account.devices.remove(id)
  toast(t.me.removed)
  await reload()
}

async function revoke({ account }: Client, { id, name }: DeviceDescription, reload: Reload): Promise<void> {
  const code = await openDialog<string>({
    title: t.me.revokeTitle(name ?? t.me.unnamed),
    body(close) {
      const password = passwordField(t.me.currentPassword)
      const next = newPasswordField()
      const submit = async () => {
        if (!isLongEnough(next)) return
        const changed = await account.revokeDevice({
          id,
          password: password.control.value,
          newPassword: next.control.value,
        })
        close(changed.recoveryCode)
      }
      return [
        h('p', {}, t.me.revokeText),
        form({ submit: t.me.revoke, kind: 'danger', onSubmit: submit }, password.element, next.element),
      ]
    },
  })
  if (code === undefined) return
  await showRecoveryCode(code)
  toast(t.me.revoked)
  await reload()
}
