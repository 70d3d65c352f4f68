// Who may see what, what it may be used for, and when that was chosen.
import type { PrivacyChoice, PrivacyRecord, Uses } from '@workforce-democracy/client'
import { card, emptyState, pageHead, section, skeleton } from '../components/blocks.ts'
import { confirmNotice } from '../components/confirm-notice.ts'
import { checkField, selectField } from '../components/field.ts'
import { CATEGORIES, type Category, choicesExplained, privacyChoices } from '../components/privacy-choices.ts'
import { reportError, toast } from '../components/toast.ts'
import { type Child, fill, h } from '../dom.ts'
import { errorText } from '../error-text.ts'
import { formatTime } from '../format.ts'
import { t } from '../language.ts'
import { live } from '../live.ts'
import type { Page, PageContext } from '../page.ts'
import { meTabs } from './me-tabs.ts'

const SWITCHES = ['civicEngagementTracking', 'learningAnalytics', 'communitySharing'] as const

export const privacyPage: Page = context => {
  const { client, signal } = context
  return {
    title: t.me.privacyTitle,
    content: [
      pageHead(t.me.privacyTitle, t.me.privacyLead),
      meTabs(),
      live(
        { signal, on: [client.privacy.subscribe, client.account.subscribe], className: 'stack stack-wide' },
        () => [
          confirmNotice(client),
          choicesExplained(),
          card(
            CATEGORIES.map(category =>
              privacyChoices(category, client.privacy.get()[category], choose(context, category)),
            ),
          ),
          uses(context),
        ],
      ),
      section(t.me.history, h('p', { class: 'soft' }, t.me.historyText), history(context)),
    ],
  }
}

const choose =
  ({ client }: PageContext, category: Category) =>
  async (choice: PrivacyChoice) => {
    try {
      const chosen = await client.privacy.set({ [category]: choice })
      const words = t.me.privacySaved(t.categories[category] ?? category, t.choices[choice] ?? choice)
      toast(words)
      if (!client.account.current() || choice === 'local') return
      await chosen.done()
      toast(`${words} ${t.me.moved}`)
    } catch (error) {
      reportError(error)
    }
  }

function uses({ client }: PageContext): HTMLElement {
  const { privacy } = client
  const present = privacy.uses.get()
  const set = (changed: Partial<Uses>) =>
    void privacy.uses.set(changed).then(() => toast(t.common.saved), reportError)
  const rank = selectField({
    ...{ label: t.me.rank, hint: t.me.rankHint, value: present.recommendations },
    options: Object.entries(t.me.rankOptions),
    control: {
      'data-key': 'rank',
      on: { change: () => set({ recommendations: rank.control.value as Uses['recommendations'] }) },
    },
  })
  return section(
    t.me.uses,
    card(
      h('p', { class: 'soft' }, t.me.usesText),
      h('div', { class: 'measure' }, rank.element),
      h(
        'div',
        {},
        SWITCHES.map(purpose =>
          checkField(t.me.useLabels[purpose], {
            ...{ checked: present[purpose], key: purpose },
            onChange: checked => set({ [purpose]: checked }),
          }),
        ),
      ),
    ),
  )
}

function history({ client, signal }: PageContext): HTMLElement {
  const element = h('div', {}, skeleton(3))
  const none = () => emptyState(t.me.noHistory, t.me.noHistoryText)
  const load = async (): Promise<Child> => {
    if (!client.account.current()) return none()
    const entries = await client.privacy.history()
    return entries.length === 0 ? none() : historyCard(entries)
  }
  load().then(
    child => fill(element, child),
    error => fill(element, signal.aborted ? undefined : h('p', { class: 'soft' }, errorText(error))),
  )
  return element
}

function historyCard(entries: readonly PrivacyRecord[]): HTMLElement {
  return h(
    'section',
    { class: 'card', 'aria-label': t.me.history },
    h(
      'dl',
      { class: 'stored-row' },
      entries.map(({ recordedAt, flags }) => [
        h('dt', {}, formatTime(recordedAt)),
        h(
          'dd',
          {},
          said(flags).map(([name, value]) => h('div', {}, `${flagName(name)}: ${flagValue(value)}`)),
        ),
      ]),
    ),
  )
}

/** What stands for a group is told by what is in it. */
const said = (flags: PrivacyRecord['flags']): [name: string, value: unknown][] =>
  Object.entries(flags).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null ? Object.entries(value) : [[name, value]],
  )

const flagName = (name: string) =>
  name === 'recommendations' ? t.me.rank : (t.categories[name] ?? t.me.useLabels[name] ?? name)

function flagValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? t.common.yes : t.common.no
  if (typeof value === 'string') return t.choices[value] ?? t.me.rankOptions[value] ?? value
  return String(value)
}
