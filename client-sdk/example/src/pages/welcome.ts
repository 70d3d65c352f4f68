// The first visit: what this is, and who may see what.
import type { PrivacyChoice } from '@workforce-democracy/client'
import { card, pageHead } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { CATEGORIES, type Category, choicesExplained, privacyChoices } from '../components/privacy-choices.ts'
import { h } from '../dom.ts'
import { t } from '../language.ts'
import type { Page } from '../page.ts'
import { welcomed } from '../welcomed.ts'

export const welcomePage: Page = ({ client, go }) => {
  const chosen: Partial<Record<Category, PrivacyChoice>> = {}
  const present = client.privacy.get()
  const account = h('p', { class: 'small soft', role: 'status' })
  const choose = (category: Category) => (choice: PrivacyChoice) => {
    chosen[category] = choice
    const needsAccount = Object.values({ ...present, ...chosen }).some(each => each !== 'local')
    account.textContent = needsAccount && !client.account.current() ? t.welcome.needsAccount : ''
  }
  const begin = async () => {
    if (Object.keys(chosen).length > 0) await client.privacy.set(chosen)
    welcomed()
    go('/')
  }
  return {
    title: t.welcome.title,
    content: [
      pageHead(t.welcome.title, t.welcome.lead),
      h(
        'section',
        { class: 'stack stack-wide' },
        h(
          'div',
          { class: 'stack stack-tight measure' },
          h('h2', {}, t.welcome.how),
          h('p', {}, t.welcome.howText),
        ),
        choicesExplained(),
        card(CATEGORIES.map(category => privacyChoices(category, present[category], choose(category)))),
        h('p', { class: 'soft' }, t.welcome.always),
      ),
      h(
        'div',
        { class: 'stack stack-tight' },
        h(
          'div',
          { class: 'row' },
          button(t.welcome.begin, { kind: 'primary', onPress: begin }),
          !client.account.current() && buttonLink(t.welcome.haveAccount, '/me?signin'),
        ),
        h('p', { class: 'small soft' }, t.welcome.beginText),
        account,
      ),
    ],
  }
}
