// A bill in a list, with the vote on it.
import type { Client, Vote } from '@workforce-democracy/client'
import { type Child, h } from '../dom.ts'
import { formatDate } from '../format.ts'
import { t } from '../language.ts'
import { meta } from './blocks.ts'
import type { Bill } from './catalog-part.ts'
import { toast } from './toast.ts'
import { voteControl } from './vote-control.ts'

/** Where the page of a bill is. */
export const billHref = (id: string): string => `/civic/bills/${encodeURIComponent(id)}`

/** Small facts about a bill. */
export const billFacts = (bill: Bill): HTMLElement =>
  meta(
    billNumber(bill),
    bill.congress !== null && t.civic.congress(String(bill.congress)),
    bill.governmentLevel !== 'federal' && t.civic.levels[bill.governmentLevel],
    bill.lastVotedOn ? t.civic.lastVote(formatDate(bill.lastVotedOn)) : t.civic.noVoteYet,
  )

const FORMS = {
  ...{ hr: 'H.R.', s: 'S.', hjres: 'H.J.Res.', sjres: 'S.J.Res.' },
  ...{ hconres: 'H.Con.Res.', sconres: 'S.Con.Res.', hres: 'H.Res.', sres: 'S.Res.' },
} as const

/** H.R. 8 */
export const billNumber = ({ billForm, number }: Bill): string =>
  billForm && /^\d/.test(number) ? `${FORMS[billForm]} ${number}` : number

/** The item. */
export function billItem(client: Client, bill: Bill): Child {
  return h(
    'div',
    { class: 'bill' },
    h(
      'div',
      { class: 'stack stack-tight' },
      h('h3', {}, h('a', { href: billHref(bill.id) }, bill.name)),
      billFacts(bill),
    ),
    billVote(client, bill),
  )
}

/** The vote on a bill, to be cast, changed or taken back. */
export function billVote({ votes }: Client, bill: Pick<Bill, 'id' | 'name'>): HTMLElement {
  const { id, name } = bill
  const before = votes.get(id)?.choice
  const restore = () => void (before ? votes.cast(id, before) : votes.retract(id))
  const said = (text: string) => toast(text, { label: t.common.undo, onPress: restore })
  return voteControl({
    ...{ name, chosen: before, key: id },
    async onCast(choice: Vote['choice']) {
      await votes.cast(id, choice)
      said(t.civic.cast(t.civic.choices[choice] ?? choice))
    },
    async onRetract() {
      await votes.retract(id)
      said(t.civic.retracted)
    },
  })
}
