// How far each representative votes as a person does, on bills that both have voted on.
import { partsOf } from '../documents/keys.ts'
import { readValue, type VoteValue, voteSchema } from '../documents/values.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { POSITION_CODES, unpackPositions } from './positions.ts'
import type { CivicCatalog, Representative, RollCall } from './types.ts'
import { wilsonInterval } from './wilson.ts'

/** How far one representative votes as a person does. Percents are 0 to 100 with one decimal. */
export interface Alignment {
  readonly representative: Pick<Representative, 'id' | 'name' | 'party' | 'state' | 'district' | 'chamber'>
  readonly agreed: number
  readonly disagreed: number
  /** Bills that either of the two abstained on: the person, or the representative (present, not voting). */
  readonly notComparable: number
  /** Share agreed of what is comparable, `null` where nothing is. */
  readonly percent: number | null
  /** The 95 % interval of `percent` (Wilson): 0 to 100 where nothing is comparable. */
  readonly low: number
  readonly high: number
}

/** One bill that an {@link Alignment} rests on. `not-voting` stands for present too. */
export interface AgreementVote {
  readonly billId: string
  readonly rollCallId: string
  readonly mine: VoteValue['choice']
  readonly theirs: 'yes' | 'no' | 'not-voting'
  readonly verdict: 'agreed' | 'disagreed' | 'not-comparable'
}

/**
 * Every representative's alignment with the joined registers of `votes`, greatest lower bound of the interval first (so
 * that 1 of 1 does not outrank 40 of 50), ties by id. On each bill the last roll call of the representative's chamber counts.
 *
 * @param topic leaves out all bills but those of this topic
 */
export function alignment(catalog: CivicCatalog, votes: ReadonlyState, topic?: string): Alignment[] {
  // Counts of each verdict, by representative: it is counted tens of thousands of times.
  const counts = new Uint32Array(catalog.representatives.length * VERDICTS.length)
  const ofTopic = topic === undefined ? undefined : billsOfTopic(catalog, topic)
  const { membersByChamber, codesOf } = prepared(catalog)
  for (const { billId, choice, rollCall } of comparisons(catalog, votes)) {
    if (ofTopic && !ofTopic.has(billId)) continue
    const codes = codesOf(rollCall)
    const verdicts = VERDICT_BY_CODE[choice]
    for (const index of membersByChamber.get(rollCall.chamber) ?? []) {
      const at = index * VERDICTS.length + (verdicts[codes[index] ?? 0] ?? 0)
      counts[at] = (counts[at] ?? 0) + 1
    }
  }
  return catalog.representatives
    .map((representative, index) => ranked(representative, tallyAt(counts, index * VERDICTS.length)))
    .sort((a, b) => b.bound - a.bound || (a.item.representative.id < b.item.representative.id ? -1 : 1))
    .map(({ item }) => item)
}

/** The bills that one representative's alignment rests on, by bill id. Empty for an unknown representative. */
export function agreementOn(
  catalog: CivicCatalog,
  votes: ReadonlyState,
  representativeId: string,
): AgreementVote[] {
  const index = catalog.representatives.findIndex(({ id }) => id === representativeId)
  const chamber = catalog.representatives[index]?.chamber
  const { codesOf } = prepared(catalog)
  const agreement: AgreementVote[] = []
  for (const { billId, choice, rollCall } of comparisons(catalog, votes)) {
    if (rollCall.chamber !== chamber) continue
    const code = codesOf(rollCall)[index] ?? POSITION_CODES.none
    const theirs = THEIRS[code]
    const verdict = VERDICTS[VERDICT_BY_CODE[choice][code] ?? 0]
    if (theirs && verdict) agreement.push({ billId, rollCallId: rollCall.id, mine: choice, theirs, verdict })
  }
  return agreement.sort((a, b) => (a.billId < b.billId ? -1 : 1))
}

/** How far one representative agrees on one topic. */
export type TopicAgreement = Omit<Alignment, 'representative'> & { readonly topic: string }

/** The same agreement by each topic that any of its bills has, sorted by topic. A bill of two topics counts for both. */
export function agreementByTopic(
  { bills }: Pick<CivicCatalog, 'bills'>,
  votes: readonly AgreementVote[],
): TopicAgreement[] {
  const topicsById = new Map(bills.map(({ id, topics }) => [id, topics]))
  const tallyByTopic = new Map<string, Record<Verdict, number>>()
  for (const { billId, verdict } of votes) {
    for (const topic of topicsById.get(billId) ?? []) {
      const tally = tallyByTopic.get(topic) ?? { ...NOTHING }
      tally[verdict]++
      tallyByTopic.set(topic, tally)
    }
  }
  return [...tallyByTopic]
    .map(([topic, tally]) => ({ topic, ...shareOf(tally) }))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

const billsOfTopic = ({ bills }: CivicCatalog, topic: string): ReadonlySet<string> =>
  new Set(bills.filter(({ topics }) => topics.includes(topic)).map(({ id }) => id))

type Verdict = AgreementVote['verdict']

const NOTHING: Readonly<Record<Verdict, number>> = { agreed: 0, disagreed: 0, 'not-comparable': 0 }

/** By position code; `undefined` for a member who had no part in the roll call. So are verdicts. */
const THEIRS = [undefined, 'yes', 'no', 'not-voting'] as const
const VERDICTS = [undefined, 'agreed', 'disagreed', 'not-comparable'] as const
/** Indexes into VERDICTS, by position code. */
const VERDICT_BY_CODE: Readonly<Record<VoteValue['choice'], readonly number[]>> = {
  yes: [0, 1, 2, 3],
  no: [0, 2, 1, 3],
  abstain: [0, 3, 3, 3],
}

const tallyAt = (counts: Uint32Array, at: number): Readonly<Record<Verdict, number>> => ({
  agreed: counts[at + 1] ?? 0,
  disagreed: counts[at + 2] ?? 0,
  'not-comparable': counts[at + 3] ?? 0,
})

interface Comparison {
  readonly billId: string
  readonly choice: VoteValue['choice']
  /** The last of its chamber on the bill. */
  readonly rollCall: RollCall
}

/** Each vote of the person beside the last roll call of each chamber on that bill. */
function* comparisons(catalog: CivicCatalog, votes: ReadonlyState): Generator<Comparison> {
  const { lastByBill } = prepared(catalog)
  for (const { key, value } of votes.values()) {
    const [billId] = partsOf(key) ?? []
    const rollCalls = billId !== undefined && lastByBill.get(billId)
    const vote = rollCalls && readValue(voteSchema, value)
    if (!vote) continue
    for (const rollCall of rollCalls.values()) yield { billId, choice: vote.choice, rollCall }
  }
}

/** Of a catalog what every alignment needs. */
interface PreparedCivic {
  readonly lastByBill: ReadonlyMap<string, ReadonlyMap<RollCall['chamber'], RollCall>>
  /** Indexes of representatives. */
  readonly membersByChamber: ReadonlyMap<RollCall['chamber'], readonly number[]>
  /** Position codes by index of representatives; unpacked when first asked for. */
  codesOf(rollCall: RollCall): Uint8Array
}

const preparedByCatalog = new WeakMap<CivicCatalog, PreparedCivic>()

/** Remembered as long as the catalog lives: a catalog is never changed in place. */
function prepared(catalog: CivicCatalog): PreparedCivic {
  const present = preparedByCatalog.get(catalog)
  if (present) return present
  const { representatives, rollCalls } = catalog
  const membersByChamber = new Map<RollCall['chamber'], number[]>()
  for (const [index, { chamber }] of representatives.entries())
    membersByChamber.set(chamber, [...(membersByChamber.get(chamber) ?? []), index])
  const codesByRollCall = new Map<RollCall, Uint8Array>()
  const made: PreparedCivic = {
    lastByBill: lastRollCalls(rollCalls),
    membersByChamber,
    codesOf(rollCall) {
      const codes =
        codesByRollCall.get(rollCall) ?? unpackPositions(rollCall.positions, representatives.length)
      codesByRollCall.set(rollCall, codes)
      return codes
    },
  }
  preparedByCatalog.set(catalog, made)
  return made
}

/** By bill and chamber; two at one time are told apart by id. */
function lastRollCalls(rollCalls: readonly RollCall[]): Map<string, Map<RollCall['chamber'], RollCall>> {
  const lastByBill = new Map<string, Map<RollCall['chamber'], RollCall>>()
  for (const rollCall of rollCalls) {
    const byChamber = lastByBill.get(rollCall.billId) ?? new Map<RollCall['chamber'], RollCall>()
    const present = byChamber.get(rollCall.chamber)
    if (!present || isLater(rollCall, present)) byChamber.set(rollCall.chamber, rollCall)
    lastByBill.set(rollCall.billId, byChamber)
  }
  return lastByBill
}

function isLater(a: RollCall, b: RollCall): boolean {
  const difference = Date.parse(a.votedAt) - Date.parse(b.votedAt)
  return difference === 0 ? a.id > b.id : difference > 0
}

/** The item, and the exact lower bound that it is ranked by. */
function ranked(
  { id, name, party, state, district, chamber }: Representative,
  tally: Readonly<Record<Verdict, number>>,
): { item: Alignment; bound: number } {
  const interval = wilsonInterval(tally.agreed, tally.agreed + tally.disagreed)
  const representative = { id, name, party, state, district, chamber }
  return { item: { representative, ...shareOf(tally, interval) }, bound: interval[0] }
}

function shareOf(
  { agreed, disagreed, 'not-comparable': notComparable }: Readonly<Record<Verdict, number>>,
  [low, high] = wilsonInterval(agreed, agreed + disagreed),
): Omit<Alignment, 'representative'> {
  return {
    agreed,
    disagreed,
    notComparable,
    percent: agreed + disagreed === 0 ? null : toPercent(agreed / (agreed + disagreed)),
    low: toPercent(low),
    high: toPercent(high),
  }
}

const toPercent = (share: number): number => Math.round(share * 1000) / 10
