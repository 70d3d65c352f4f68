// What a device that is new to an account has to be told before it sends anything of what is open there.
import type { Client } from '@workforce-democracy/client'
import { type Child, h } from '../dom.ts'
import { formatList } from '../format.ts'
import { t } from '../language.ts'
import { notice } from './blocks.ts'
import { button, buttonLink } from './button.ts'

/** Asks to confirm, where there is something to confirm. */
export function confirmNotice({ privacy }: Client): Child {
  const names = privacy.unconfirmed().map(name => t.categories[name] ?? name)
  if (names.length === 0) return undefined
  return notice(
    'caution',
    h('h3', {}, t.sync.confirmTitle),
    h('p', {}, t.sync.confirmText(formatList(names))),
    h(
      'div',
      { class: 'row' },
      button(t.sync.confirm, { kind: 'primary', onPress: () => privacy.confirm() }),
      buttonLink(t.me.tabs.privacy, '/me/privacy'),
    ),
  )
}
