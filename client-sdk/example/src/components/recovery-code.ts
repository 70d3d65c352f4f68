// The recovery code: shown once, to be written down, and checked before anything else.
import { h } from '../dom.ts'
import { t } from '../language.ts'
import { button } from './button.ts'
import { openDialog } from './dialog.ts'
import { textField } from './field.ts'
import { form } from './form.ts'
import { toast } from './toast.ts'

/** Shows the code until the person has typed it as they wrote it down. */
export async function showRecoveryCode(code: string): Promise<void> {
  for (;;) {
    await openDialog<true>({
      ...{ title: t.me.codeTitle, dismissible: false },
      body: close => [
        h('p', {}, t.me.codeText),
        h('p', { class: 'code', translate: 'no' }, code),
        h(
          'div',
          { class: 'row no-print' },
          button(t.me.print, { icon: 'print', onPress: () => print() }),
          button(t.me.copy, { onPress: () => copy(code) }),
        ),
        h(
          'div',
          { class: 'dialog-actions no-print' },
          button(t.me.codeNext, { kind: 'primary', onPress: () => close(true) }),
        ),
      ],
    })
    if (await check(code)) break
  }
  toast(t.me.codeRight)
}

async function check(code: string): Promise<boolean> {
  const answer = await openDialog<boolean>({
    ...{ title: t.me.codeCheckTitle, dismissible: false },
    body(close) {
      const typed = textField({
        label: t.me.recoveryCode,
        control: {
          autocomplete: 'off',
          autocapitalize: 'characters',
          spellcheck: 'false',
          name: 'code-check',
        },
      })
      const submit = async () => {
        if (plain(typed.control.value) === plain(code)) close(true)
        else typed.fail(t.me.codeWrong)
      }
      return [
        h('p', {}, t.me.codeCheckText),
        form(
          {
            submit: t.me.codeCheck,
            onSubmit: submit,
            beside: button(t.me.codeShow, { onPress: () => close(false) }),
          },
          typed.element,
        ),
      ]
    },
  })
  return answer ?? false
}

/** As the SDK reads it: Crockford's alphabet, in any case, without what separates. */
const plain = (code: string): string =>
  code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')

async function copy(code: string): Promise<void> {
  await navigator.clipboard.writeText(code)
  toast(t.me.copied)
}
