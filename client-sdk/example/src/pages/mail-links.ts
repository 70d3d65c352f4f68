// Where the links of mails lead: the token is behind the `#`, which no server is sent.
import { card, notice, pageHead } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { textField } from '../components/field.ts'
import { form } from '../components/form.ts'
import { isLongEnough, newPasswordField } from '../components/password-field.ts'
import { toast } from '../components/toast.ts'
import { fill, h } from '../dom.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'

export const verifyEmailPage: Page = ({ client }) => {
  const token = takeToken()
  const done = h('div', { class: 'row' })
  const verify = async () => {
    await client.account.verifyEmail(token)
    fill(done, notice('info', t.me.verified), buttonLink(t.start.home, '/'))
  }
  fill(done, button(t.me.verify, { kind: 'primary', onPress: verify }))
  return { title: t.me.verify, content: [pageHead(t.me.verify, t.me.verifyText), done] }
}

export const resetPasswordPage: Page = ({ client, go }) => {
  const token = takeToken()
  const login = textField({
    label: t.me.login,
    control: { autocomplete: 'username', autocapitalize: 'none' },
  })
  const password = newPasswordField()
  const reset = async () => {
    if (!isLongEnough(password)) return
    await client.account.resetPassword({
      ...{ token, login: login.control.value.trim() },
      newPassword: password.control.value,
    })
    toast(t.me.resetDone)
    go('/me?signin')
  }
  return {
    title: t.me.forgotTitle,
    content: [
      pageHead(t.me.forgotTitle, t.me.withMailText),
      h(
        'div',
        { class: 'measure' },
        card(form({ submit: t.me.reset, onSubmit: reset }, login.element, password.element)),
      ),
    ],
  }
}

/** The token of the address, which is taken out of it: nobody finds it in the history of the browser. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
  history.replaceState(null, '', location.pathname)
  return token
}
