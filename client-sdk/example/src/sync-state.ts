// Where the data stands, in words that are always in sight.
import type { Client } from '@workforce-democracy/client'
import { type IconName, icon } from './components/icon.ts'
import { CATEGORIES } from './components/privacy-choices.ts'
import { fill, h } from './dom.ts'
import { codeText } from './error-text.ts'
import { formatList, formatNumber } from './format.ts'
import { t } from './language.ts'

/** A state in words. */
export interface SyncWords {
  readonly text: string
  readonly tone: 'calm' | 'good' | 'problem'
  readonly icon: IconName
  /** What it means, and what to do about it. */
  readonly explanation: string
}

/** The words for where things stand. */
export function syncWords({ sync, account, privacy }: Client): SyncWords {
  const { state, pending, problem } = sync.status
  const waiting = formatNumber(pending)
  switch (state) {
    case 'local':
      return {
        ...{ text: t.sync.local, tone: 'calm', icon: 'device' },
        explanation: account.current() ? t.sync.localSignedIn : t.sync.localAlone,
      }
    case 'offline':
      return {
        text: pending > 0 ? t.sync.offlineWaiting(waiting) : t.sync.offline,
        ...{ tone: 'calm', icon: 'offline', explanation: t.sync.offlineText },
      }
    case 'catching-up':
      return { text: t.sync.catchingUp, tone: 'calm', icon: 'cloud', explanation: t.sync.catchingUpText }
    case 'saved':
      return { text: t.sync.saved(waiting), tone: 'calm', icon: 'cloud', explanation: t.sync.savedText }
    case 'durable': {
      const here = CATEGORIES.filter(category => privacy.get()[category] === 'local')
      // Notes and settings alone are not what a person means by their data.
      if (here.length === CATEGORIES.length)
        return { text: t.sync.local, tone: 'calm', icon: 'device', explanation: t.sync.localSignedIn }
      const names = formatList(here.map(category => t.categories[category] ?? category))
      const explanation =
        here.length > 0 ? `${t.sync.durableText} ${t.sync.onlyHere(names)}` : t.sync.durableText
      return { text: t.sync.durable, tone: 'good', icon: 'check', explanation }
    }
    case 'problem':
      return {
        text: t.sync.problem,
        tone: 'problem',
        icon: 'alert',
        explanation: codeText(problem ?? 'internal'),
      }
  }
}

/** A link that says where things stand, to the page that explains it. */
export function syncState(client: Client): HTMLElement {
  const element = h('a', { class: 'sync', href: '/me/sync' })
  const text = h('span', { role: 'status' })
  let shown = ''
  const draw = () => {
    const words = syncWords(client)
    if (words.text === shown) return
    shown = words.text
    text.textContent = words.text
    element.dataset.tone = words.tone
    fill(element, icon(words.icon, 18), text)
  }
  client.sync.subscribe(draw)
  client.account.subscribe(draw)
  client.privacy.subscribe(draw)
  draw()
  return element
}
