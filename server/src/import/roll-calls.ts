// Roll calls of the US Congress with each member's position, one JSON object a line.
import { createHash } from 'node:crypto'
import {
  BILL_FORMS,
  type Bill,
  canonicalBytes,
  type JsonValue,
  parseBillId,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import {
  addBills,
  addPositions,
  addRepresentatives,
  type BillMention,
  deletePositions,
  describeBills,
  findRollCalls,
  type PositionCode,
  readBillMentions,
  readMemberKeys,
  type StoredRepresentative,
  type StoredRollCall,
  upsertRollCalls,
} from '../db/civic.ts'
import type { Db } from '../db/database.ts'
import { bumpRevision } from '../db/imports.ts'
import { describeBill, unnamedBill } from './bill-description.ts'
import { type Converted, checked, type Importer } from './importer.ts'
import { standInId } from './legislators.ts'

/** Part of every hash: raise it when this file comes to store something else of the same line. */
const HASH_VERSION = 1

/** By what the clerks call an option. The names of candidates are none of these: they are no yes and no no. */
const CODE_BY_OPTION: ReadonlyMap<string, PositionCode> = new Map([
  ['yea', 1],
  ['aye', 1],
  ['yes', 1],
  ['guilty', 1],
  ['nay', 2],
  ['no', 2],
  ['not guilty', 2],
  ['present', 3],
  ['not voting', 4],
])

const PARTY_BY_LETTER: ReadonlyMap<string, string> = new Map([
  ['D', 'Democrat'],
  ['R', 'Republican'],
  ['I', 'Independent'],
  ['ID', 'Independent'],
])

/** The Vice President's vote in a tie of the Senate: not a member's. */
const TIE_BREAK = 'VP'

const text = (max: number) => z.string().check(z.maxLength(max))

const voterSchema = z.object({
  // House: bioguide id; Senate: its own
  id: z.string().check(z.regex(/^(?:[A-Z]\d{6}|S\d{1,5})$/)),
  display_name: text(200),
  first_name: z.optional(text(100)),
  last_name: z.optional(text(100)),
  party: text(50),
  state: z.string().check(z.regex(/^[A-Z]{2}$/)),
})
type Voter = z.infer<typeof voterSchema>

const rollCallSchema = z.object({
  vote_id: z.string().check(z.regex(/^[a-z0-9.-]{1,80}$/)),
  chamber: z.enum(['h', 's']),
  category: text(50),
  date: z.iso.datetime({ offset: true }),
  question: text(2000),
  result: text(500),
  subject: z.optional(text(2000)),
  bill: z.optional(
    z.object({
      type: z.enum(BILL_FORMS),
      number: z.int().check(z.minimum(1), z.maximum(99_999)),
      congress: z.int().check(z.minimum(1), z.maximum(999)),
      title: z.optional(text(5000)),
    }),
  ),
  votes: z.record(text(200), z.array(z.union([voterSchema, z.literal(TIE_BREAK)]))),
})
type SourceRollCall = z.infer<typeof rollCallSchema>

interface ImportedRollCall {
  readonly rollCall: StoredRollCall
  readonly bill: Bill | null
  /** Who took part, and how; a position without code is none that compares. */
  readonly positions: readonly { readonly voter: Voter; readonly code: PositionCode }[]
}

/** Stores roll calls with their bills and positions; members not known yet are added as former ones. */
export const rollCallImporter: Importer<ImportedRollCall> = {
  noun: 'roll calls',
  batchSize: 30,
  keyOf: ({ rollCall }) => rollCall.id,
  convert: value => checked(rollCallSchema, value, toRollCall),
  async write(db, items) {
    const known = await findRollCalls(
      db,
      items.map(({ rollCall }) => rollCall.id),
    )
    const changed = items.filter(
      ({ rollCall }) => !known.get(rollCall.id)?.contentHash.equals(rollCall.contentHash),
    )
    const bills = new Map(items.flatMap(({ bill }) => (bill ? [[bill.id, bill]] : [])))
    await addBills(db, [...bills.values()])
    if (changed.length > 0) await storeRollCalls(db, changed)
    for (const { billId } of known.values()) if (billId) addKnownBill(bills, billId)
    const described = await describeAnew(db, [...bills.values()])
    if (changed.length + described > 0) await bumpRevision(db, 'civic')
    const added = items.length - known.size
    return { added, updated: changed.length - added, unchanged: items.length - changed.length }
  },
}

/** A roll call may have been of another bill before: that one is described anew too. */
function addKnownBill(bills: Map<string, Bill>, id: string): void {
  const parsed = parseBillId(id)
  if (bills.has(id) || !parsed || !('billForm' in parsed)) return
  bills.set(id, unnamedBill(id, parsed.billForm, parsed.number, parsed.congress))
}

async function storeRollCalls(db: Db, items: readonly ImportedRollCall[]): Promise<void> {
  const keyById = await upsertRollCalls(
    db,
    items.map(({ rollCall }) => rollCall),
  )
  await deletePositions(db, [...keyById.values()])
  const keyByMember = await memberKeys(db, items)
  const rollCallKeys: number[] = []
  const members: number[] = []
  const codes: PositionCode[] = []
  for (const { rollCall, positions } of items) {
    const rollCallKey = keyById.get(rollCall.id)
    for (const { voter, code } of positions) {
      const memberKey = keyByMember.get(voter.id)
      if (rollCallKey === undefined || memberKey === undefined) throw new Error('a member has no key')
      rollCallKeys.push(rollCallKey)
      members.push(memberKey)
      codes.push(code)
    }
  }
  await addPositions(db, { rollCallKeys, memberKeys: members, codes })
}

/** Keys by what roll calls call members: their bioguide id or the Senate's. */
async function memberKeys(db: Db, items: readonly ImportedRollCall[]): Promise<ReadonlyMap<string, number>> {
  const keys = await readMemberKeys(db)
  const strangers = new Map<string, StoredRepresentative>()
  for (const { rollCall, positions } of items) {
    for (const { voter } of positions) {
      if (!keys.has(voter.id)) strangers.set(voter.id, formerMember(voter, rollCall.chamber))
    }
  }
  if (strangers.size === 0) return keys
  await addRepresentatives(db, [...strangers.values()])
  return readMemberKeys(db)
}

/** Until the list of members says otherwise. */
function formerMember(voter: Voter, chamber: 'house' | 'senate'): StoredRepresentative {
  const isLis = !/^[A-Z]\d{6}$/.test(voter.id)
  const fullName = [voter.first_name, voter.last_name].filter(Boolean).join(' ')
  return {
    id: isLis ? standInId(voter.id) : voter.id,
    lisId: isLis ? voter.id : null,
    jurisdiction: 'us',
    // `Johnson (GA)`, `Booker (D-NJ)`: where they come from is said beside it
    name: fullName || voter.display_name.replace(/ \([^)]*\)$/, '') || voter.id,
    party: PARTY_BY_LETTER.get(voter.party) ?? voter.party,
    state: voter.state,
    district: null,
    chamber,
    current: false,
  }
}

async function describeAnew(db: Db, bills: readonly Bill[]): Promise<number> {
  const mentions = await readBillMentions(
    db,
    bills.map(bill => bill.id),
  )
  const mentionsByBill = new Map(bills.map(bill => [bill.id, [] as BillMention[]]))
  for (const mention of mentions) mentionsByBill.get(mention.billId)?.push(mention)
  return describeBills(
    db,
    bills.map(bill => describeBill(bill, mentionsByBill.get(bill.id) ?? [])),
  )
}

function toRollCall(source: SourceRollCall): Converted<ImportedRollCall> {
  const { bill: named, date } = source
  const bill = named
    ? unnamedBill(`${named.type}${named.number}-${named.congress}`, named.type, named.number, named.congress)
    : null
  const positions = positionsOf(source)
  const twice = repeatedVoter(positions.map(({ voter }) => voter.id))
  if (twice) return { rejected: `votes: ${twice} is listed twice` }
  const rollCall = {
    id: source.vote_id,
    billId: bill?.id ?? null,
    chamber: source.chamber === 'h' ? ('house' as const) : ('senate' as const),
    category: source.category,
    deciding: bill !== null && /^(?:passage|veto-override$)/.test(source.category),
    votedAt: date,
    votedOn: date.slice(0, 10),
    question: source.question,
    result: source.result,
    subject: source.subject ?? null,
    billTitle: named?.title ?? null,
  }
  return { item: { rollCall: { ...rollCall, contentHash: hashOf(rollCall, positions) }, bill, positions } }
}

function positionsOf({ votes }: SourceRollCall): ImportedRollCall['positions'] {
  return Object.entries(votes).flatMap(([option, voters]) => {
    const code = CODE_BY_OPTION.get(option.toLowerCase())
    return code ? voters.flatMap(voter => (voter === TIE_BREAK ? [] : { voter, code })) : []
  })
}

function repeatedVoter(ids: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return ids.find(id => seen.size === seen.add(id).size)
}

function hashOf(
  rollCall: Omit<StoredRollCall, 'contentHash'>,
  positions: ImportedRollCall['positions'],
): Buffer {
  const votes = positions.map(({ voter, code }) => `${voter.id}=${code}`).sort()
  const content: JsonValue = [HASH_VERSION, { ...rollCall }, votes]
  return createHash('sha256').update(canonicalBytes(content)).digest()
}
