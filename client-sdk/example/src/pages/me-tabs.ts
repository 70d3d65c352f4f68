// The way between the person's own pages, and what stands on those that need an account.
import { emptyState, subtabs } from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { h } from '../dom.ts'
import { t } from '../language.ts'

export const meTabs = (): HTMLElement =>
  subtabs(t.me.label, [
    ['/me', t.me.tabs.account],
    ['/me/privacy', t.me.tabs.privacy],
    ['/me/devices', t.me.tabs.devices],
    ['/me/stored', t.me.tabs.stored],
    ['/me/data', t.me.tabs.data],
    ['/me/sync', t.me.tabs.sync],
  ])

/** Says that this needs an account. */
export const needAccount = (): HTMLElement =>
  emptyState(
    t.me.needAccount,
    t.me.needAccountText,
    h(
      'div',
      { class: 'row' },
      buttonLink(t.me.signUp, '/me', { kind: 'primary' }),
      buttonLink(t.me.signIn, '/me?signin'),
    ),
  )
