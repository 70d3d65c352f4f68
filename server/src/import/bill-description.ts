// What a bill is called and is about, from all roll calls that name it: the same in whatever order they came.
import { type Bill, type BillForm, topicsOfText } from '@workforce-democracy/shared'
import type { BillDescription, BillMention } from '../db/civic.ts'

const MAX_NAME_LENGTH = 500

const CITATION: Readonly<Record<BillForm, string>> = {
  hr: 'H.R.',
  s: 'S.',
  hjres: 'H.J.Res.',
  sjres: 'S.J.Res.',
  hconres: 'H.Con.Res.',
  sconres: 'S.Con.Res.',
  hres: 'H.Res.',
  sres: 'S.Res.',
}

/** What the Senate puts where a title is missing. */
const NO_TITLE = /^no short title/i
/** The name of an act, which people know a bill by: `Social Security Fairness Act`, `… Act of 2025`. */
const NAME_OF_ACT = /^(?!(?:An?|To)\b).*\bAct(?:,? (?:of )?(?:fiscal year )?\d{4})?$/
/** Resolutions on how to debate other bills: the bills' words in them are not their own topics. */
const RULE_OF_DEBATE =
  /^(?:Providing for (?:the )?(?:further )?consideration of|Waiving a requirement of clause)\b/i

/** A bill of the US Congress of which nothing is known but its number. */
export function unnamedBill(id: string, billForm: BillForm, number: number, congress: number): Bill {
  return {
    id,
    jurisdiction: 'us',
    governmentLevel: 'federal',
    name: `${CITATION[billForm]} ${number}`,
    billForm,
    number: String(number),
    congress,
    topics: [],
    lastVotedOn: null,
  }
}

/**
 * Name, topics and last deciding vote of a bill. The name is the best there is: the name of an act, else the
 * Senate's title, else the House's subject, else the citation; of equals the latest.
 *
 * @param bill as far as its id says
 * @param mentions what the roll calls say of it, the oldest first
 */
export function describeBill(bill: Bill, mentions: readonly BillMention[]): BillDescription {
  const titles = mentions.flatMap(mention => cleanText(mention.billTitle) ?? [])
  // The Senate's subject is the motion, the House's is the bill.
  const subjects = mentions.flatMap(({ chamber, subject }) =>
    chamber === 'house' ? (cleanText(subject) ?? []) : [],
  )
  const name =
    [...subjects, ...titles].findLast(text => NAME_OF_ACT.test(text)) ?? titles.at(-1) ?? subjects.at(-1)
  const texts = [name, titles.at(-1), subjects.at(-1)].filter(text => text !== undefined)
  return {
    id: bill.id,
    name: name?.slice(0, MAX_NAME_LENGTH) ?? bill.name,
    topics: texts.some(text => RULE_OF_DEBATE.test(text)) ? [] : topicsOfText(texts.join('. ')),
    lastVotedOn: mentions.flatMap(mention => (mention.deciding ? mention.votedOn : [])).at(-1) ?? null,
  }
}

function cleanText(text: string | null): string | undefined {
  const clean = text?.replace(/\s+/g, ' ').trim().replace(/\.$/, '')
  return clean && !NO_TITLE.test(clean) ? clean : undefined
}
