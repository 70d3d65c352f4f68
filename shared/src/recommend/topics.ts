// Topics of a text, a policy area or a bill's type, from the published tables.
import { BILL_FORMS } from '../civic/bill-id.ts'
import { TOPICS_BY_POLICY_AREA } from './policy-areas.ts'
import { TOPIC_WORDS, type Topic } from './topic-words.ts'

/** Every topic there is, sorted. */
export const TOPICS = Object.keys(TOPIC_WORDS).sort() as readonly Topic[]

export type { Topic } from './topic-words.ts'

/** Topics whose name puts two things side by side. */
const PAIRED_TOPICS: ReadonlySet<string> = new Set<Topic>([
  'agriculture-food',
  'budget-government',
  'culture-history',
  'data-mathematics',
  'defense-security',
  'economy-taxes',
  'elections-voting',
  'environment-energy',
  'finance-consumers',
  'justice-policing',
  'lands-water',
])

/** A place in the tree of phrases: the topics of the phrase that ends here, and the words that may follow. */
interface PhraseNode {
  readonly topics: Topic[]
  readonly nextByWord: Map<string, PhraseNode>
}

const WORD = /[\p{L}\p{N}]+(?:\+\+|#)?/gu
const POSSESSIVE = /['’](?:s\b)?/gu

const phraseTree = plantPhrases()

/**
 * Topics whose words a text holds: whole words, in any case, singular or plural, the longest phrase first. Sorted.
 *
 * @example
 * topicsOfText('Veterans’ Housing Act') // ['housing', 'veterans']
 */
export function topicsOfText(text: string): Topic[] {
  const words = wordsOf(text)
  const found = new Set<Topic>()
  for (let at = 0; at < words.length; ) {
    const phrase = longestPhrase(phraseTree, words, at)
    for (const topic of phrase?.topics ?? []) found.add(topic)
    at = phrase?.end ?? at + 1
  }
  return [...found].sort()
}

/** Topics of a policy area of Congress.gov or a topic of the Congressional Research Service, by name. Sorted. */
export function topicsOfPolicyArea(area: string): Topic[] {
  const name = area
    .trim()
    .toLowerCase()
    .replace(/\s*&\s*/g, ' and ')
  return [...(TOPICS_BY_POLICY_AREA.get(name) ?? topicsOfText(name))].sort()
}

/**
 * Topics of a bill's type as a person gives it, such as `labor` or `elections-voting`. A congressional form
 * (`hr`, `S.J.Res.`) says nothing about topics. Sorted.
 */
export function topicsOfBillType(billType: string): Topic[] {
  const form = billType.toLowerCase().replace(/[^a-z]/g, '')
  if ((BILL_FORMS as readonly string[]).includes(form)) return []
  const name = billType.trim().toLowerCase()
  return isTopic(name) ? [name] : topicsOfPolicyArea(name)
}

/** How a topic reads in a sentence: "housing", "civil rights", "elections and voting". */
export function topicName(topic: string): string {
  return topic.replaceAll('-', PAIRED_TOPICS.has(topic) ? ' and ' : ' ')
}

/** Whether `name` is a topic of the vocabulary. */
function isTopic(name: string): name is Topic {
  return Object.hasOwn(TOPIC_WORDS, name)
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().replace(POSSESSIVE, '').match(WORD) ?? []
}

/** A phrase found in a text: its topics, and the index of the word after it. */
interface FoundPhrase {
  readonly topics: readonly Topic[]
  readonly end: number
}

function longestPhrase(node: PhraseNode, words: readonly string[], at: number): FoundPhrase | undefined {
  const here = node.topics.length > 0 ? { topics: node.topics, end: at } : undefined
  const word = words[at]
  if (word === undefined) return here
  const asWritten = node.nextByWord.get(word)
  const asSingular = node.nextByWord.get(singularOf(word))
  const longer = [asWritten, asSingular].map(next => next && longestPhrase(next, words, at + 1))
  return longer.reduce((best, found) => (found && (!best || found.end > best.end) ? found : best), here)
}

/** Good enough for the words of the table: it is only looked up, never shown. */
function singularOf(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2)
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word
}

function plantPhrases(): PhraseNode {
  const root: PhraseNode = { topics: [], nextByWord: new Map() }
  for (const topic of TOPICS) {
    for (const phrase of TOPIC_WORDS[topic].split(',')) {
      let node = root
      for (const word of wordsOf(phrase)) {
        const next = node.nextByWord.get(word) ?? { topics: [], nextByWord: new Map() }
        node.nextByWord.set(word, next)
        node = next
      }
      node.topics.push(topic)
    }
  }
  return root
}
