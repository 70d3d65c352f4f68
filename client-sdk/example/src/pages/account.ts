// The account: made, entered, recovered and changed here.
import type { Client } from '@workforce-democracy/client'
import { card, notice, pageHead, section } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { confirmNotice } from '../components/confirm-notice.ts'
import { selectField, textField } from '../components/field.ts'
import { form } from '../components/form.ts'
import { isLongEnough, newPasswordField, passwordField } from '../components/password-field.ts'
import { showRecoveryCode } from '../components/recovery-code.ts'
import { toast } from '../components/toast.ts'
import { type Child, h } from '../dom.ts'
import { chooseLanguage, LANGUAGES, type Language, language, t } from '../language.ts'
import { live } from '../live.ts'
import type { Page, PageContext } from '../page.ts'
import { chooseTheme, THEMES, type Theme, theme } from '../theme.ts'
import { welcomed } from '../welcomed.ts'
import { meTabs } from './me-tabs.ts'

export const accountPage: Page = context => {
  const { client, signal, query } = context
  let isSigningIn = query.has('signin')
  return {
    title: t.me.title,
    content: [
      pageHead(t.me.title, client.account.current() ? undefined : t.me.leadNone),
      meTabs(),
      live(
        { signal, on: [client.account.subscribe, client.privacy.subscribe], className: 'stack stack-wide' },
        () => {
          if (client.account.current()) return signedIn(context)
          const change = (to: boolean) => {
            isSigningIn = to
            context.keepQuery(to ? { signin: 'yes' } : {})
            shown.replaceChildren(forms(context, isSigningIn, change))
          }
          const shown = h('div', {}, forms(context, isSigningIn, change))
          return shown
        },
      ),
      appearance(),
    ],
  }
}

/** What opens an account whose password is lost. */
export const forgotPage: Page = ({ client, go }) => {
  const login = loginField()
  const code = textField({ label: t.me.recoveryCode, control: { autocomplete: 'off', spellcheck: 'false' } })
  const password = newPasswordField()
  const mailLogin = loginField()
  const recover = async () => {
    if (!isLongEnough(password)) return
    const { recoveryCode } = await client.account.recover({
      ...{ login: login.control.value.trim(), recoveryCode: code.control.value },
      newPassword: password.control.value,
    })
    welcomed()
    await showRecoveryCode(recoveryCode)
    go('/me')
  }
  const sendMail = async () => {
    await client.account.forgotPassword(mailLogin.control.value.trim())
    toast(t.me.mailSent)
  }
  return {
    title: t.me.forgotTitle,
    content: [
      pageHead(t.me.forgotTitle, undefined, h('a', { href: '/me?signin' }, t.me.signIn)),
      h(
        'div',
        { class: 'split split-even' },
        card(
          h('h2', {}, t.me.withCode),
          h('p', { class: 'soft' }, t.me.withCodeText),
          form({ submit: t.me.recover, onSubmit: recover }, login.element, code.element, password.element),
        ),
        card(
          h('h2', {}, t.me.withMail),
          h('p', { class: 'soft' }, t.me.withMailText),
          form({ submit: t.me.sendMail, onSubmit: sendMail }, mailLogin.element),
        ),
      ),
    ],
  }
}

const loginField = () =>
  textField({
    label: t.me.login,
    control: { autocomplete: 'username', autocapitalize: 'none', required: true },
  })

const deviceField = () =>
  textField({
    label: `${t.me.deviceName} (${t.common.optional})`,
    hint: t.me.deviceNameHint,
    control: { maxlength: 100, autocomplete: 'off' },
  })

function forms(
  context: PageContext,
  isSigningIn: boolean,
  change: (isSigningIn: boolean) => void,
): HTMLElement {
  const other = button(isSigningIn ? t.me.noAccount : t.me.haveAccount, {
    kind: 'quiet',
    onPress: () => change(!isSigningIn),
  })
  return h(
    'div',
    { class: 'card measure' },
    h('h2', {}, isSigningIn ? t.me.signIn : t.me.signUp),
    isSigningIn ? signInForm(context, other) : signUpForm(context, other),
  )
}

function signUpForm({ client }: PageContext, other: Child): HTMLElement {
  const email = textField({
    ...{ label: `${t.me.email} (${t.common.optional})`, hint: t.me.emailHint },
    control: { type: 'email', autocomplete: 'email' },
  })
  const username = textField({
    ...{ label: t.me.username, hint: t.me.usernameHint },
    control: { autocomplete: 'username', autocapitalize: 'none', minlength: 2, maxlength: 100 },
  })
  const password = newPasswordField(t.me.password)
  const device = deviceField()
  const submit = async () => {
    const given = { email: email.control.value.trim(), username: username.control.value.trim() }
    username.fail(given.email || given.username ? undefined : t.me.needLogin)
    if (!(given.email || given.username) || !isLongEnough(password)) return
    const deviceName = device.control.value.trim()
    toast(t.me.working)
    const { recoveryCode } = await client.account.register({
      ...(given.email && { email: given.email }),
      ...(given.username && { username: given.username }),
      ...(deviceName && { deviceName }),
      ...{ password: password.control.value, language: language() },
    })
    welcomed()
    await showRecoveryCode(recoveryCode)
  }
  return form(
    { submit: t.me.signUp, onSubmit: submit, beside: other },
    username.element,
    email.element,
    password.element,
    device.element,
  )
}

function signInForm({ client, go }: PageContext, other: Child): HTMLElement {
  const login = loginField()
  const password = passwordField()
  const device = deviceField()
  const submit = async () => {
    const deviceName = device.control.value.trim()
    toast(t.me.working)
    await client.account.login({
      ...{ login: login.control.value.trim(), password: password.control.value },
      ...(deviceName && { deviceName }),
    })
    welcomed()
    go('/me')
  }
  const forgot = h('a', { href: '/me/forgot' }, t.me.forgot)
  return form(
    { submit: t.me.signIn, onSubmit: submit, beside: [other, forgot] },
    login.element,
    password.element,
    device.element,
  )
}

function signedIn(context: PageContext): Child {
  const { client } = context
  const user = client.account.current()
  const leave = async () => {
    await client.account.logout()
    toast(t.me.signedOut)
  }
  return [
    confirmNotice(client),
    keysNotice(client),
    card(
      h('h2', {}, t.me.signedInAs(user?.username ?? user?.email ?? '')),
      user?.username && user.email && h('p', { class: 'soft' }, user.email),
      h('div', { class: 'row' }, button(t.me.signOut, { onPress: leave })),
    ),
    h('div', { class: 'split split-even' }, passwordCard(client), codeCard(client)),
  ]
}

function keysNotice({ account }: Client): Child {
  const { state, rotationNeeded } = account.keys
  if (state === 'account-replaced')
    return notice('danger', h('h3', {}, t.me.replaced), h('p', {}, t.me.replacedText))
  if (state === 'keys-locked') return unlockCard(account)
  return (
    rotationNeeded &&
    notice(
      'caution',
      h('h3', {}, t.me.rotation),
      h('p', {}, t.me.rotationText),
      buttonLink(t.me.tabs.devices, '/me/devices'),
    )
  )
}

function unlockCard(account: Client['account']): HTMLElement {
  const code = textField({ label: t.me.recoveryCode, control: { autocomplete: 'off', spellcheck: 'false' } })
  const password = passwordField()
  const unlock = async () => {
    const { recoveryCode } = await account.unlock({
      ...{ recoveryCode: code.control.value, password: password.control.value },
    })
    await showRecoveryCode(recoveryCode)
    toast(t.me.unlocked)
  }
  return card(
    h('h2', {}, t.me.unlockTitle),
    h('p', {}, t.me.unlockText),
    form({ submit: t.me.unlock, onSubmit: unlock }, code.element, password.element),
  )
}

function passwordCard({ account }: Client): HTMLElement {
  const password = passwordField(t.me.currentPassword)
  const next = newPasswordField()
  const change = async () => {
    if (!isLongEnough(next)) return
    const changed = await account.changePassword({
      password: password.control.value,
      newPassword: next.control.value,
    })
    await showRecoveryCode(changed.recoveryCode)
    toast(t.me.passwordChanged)
  }
  return card(
    h('h2', {}, t.me.changePassword),
    form({ submit: t.me.changePassword, onSubmit: change }, password.element, next.element),
  )
}

function codeCard({ account }: Client): HTMLElement {
  const password = passwordField(t.me.currentPassword)
  const renew = async () => {
    await showRecoveryCode(await account.newRecoveryCode(password.control.value))
    password.control.value = ''
  }
  return card(
    h('h2', {}, t.me.newCode),
    h('p', { class: 'soft' }, t.me.newCodeText),
    form({ submit: t.me.newCode, onSubmit: renew }, password.element),
  )
}

function appearance(): HTMLElement {
  const tongue = selectField({
    ...{ label: t.shell.language, value: language() },
    options: LANGUAGES.map(each => [each, t.languages[each] ?? each] as const),
    control: {
      on: {
        change: () => void chooseLanguage(tongue.control.value as Language).then(() => location.reload()),
      },
    },
  })
  const colours = selectField({
    ...{ label: t.shell.theme, value: theme() },
    options: THEMES.map(each => [each, t.shell.themes[each] ?? each] as const),
    control: { on: { change: () => chooseTheme(colours.control.value as Theme) } },
  })
  return section(t.me.appearance, card(h('div', { class: 'columns' }, tongue.element, colours.element)))
}
