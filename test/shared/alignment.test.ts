import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  agreementOn,
  alignment,
  type CivicCatalog,
  keyOf,
  type Position,
  packPositions,
  positionAt,
  type Representative,
  type RollCall,
  type State,
  unpackPositions,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

type Choice = 'yes' | 'no' | 'abstain'

const member = (id: string, chamber: Representative['chamber'] = 'house'): Representative => ({
  id,
  jurisdiction: 'us',
  name: `Made Up ${id}`,
  party: 'Independent',
  state: 'VT',
  district: null,
  chamber,
})

function rollCall(
  billId: string,
  positions: (Position | undefined)[],
  facts: Partial<RollCall> = {},
): RollCall {
  return {
    id: `h1-${billId}`,
    billId,
    chamber: 'house',
    votedAt: '2025-03-01T12:00:00Z',
    question: 'On Passage',
    result: 'Passed',
    positions: packPositions(positions),
    ...facts,
  }
}

const catalogOf = (representatives: Representative[], rollCalls: RollCall[]): CivicCatalog => ({
  version: 'test',
  bills: [],
  representatives,
  rollCalls,
})

function votesOf(choices: Record<string, Choice>): State {
  const registers = Object.entries(choices).map(([billId, choice]) => ({
    key: keyOf(billId),
    stamp: 1,
    device: 'aaaaaaaa',
    value: { choice, votedAt: '2026-01-01T00:00:00Z' },
  }))
  return new Map(registers.map(register => [register.key, register]))
}

const bills = (count: number) => Array.from({ length: count }, (_, n) => `hr${n + 1}-119`)
const tally = ({ agreed, disagreed, notComparable }: ReturnType<typeof alignment>[number]) => [
  agreed,
  disagreed,
  notComparable,
]

describe('packed positions', () => {
  const position = fc.constantFrom<Position | undefined>(undefined, 'yes', 'no', 'present', 'not-voting')

  test('hold two bits a member, low bits first', () => {
    expect(packPositions(['yes', 'no', 'present', undefined, 'not-voting'])).toBe(btoa('\x39\x03'))
  })

  test('come back as they were, present as not voting', () => {
    fc.assert(
      fc.property(fc.array(position), fc.nat(3), (positions, beyond) => {
        const packed = packPositions(positions)
        const expected = positions.map(each => (each === 'present' ? 'not-voting' : each))
        expect(positions.map((_, index) => positionAt(packed, index))).toEqual(expected)
        const codes = unpackPositions(packed, positions.length + beyond)
        expect(Array.from(codes, code => [undefined, 'yes', 'no', 'not-voting'][code])).toEqual([
          ...expected,
          ...Array.from({ length: beyond }),
        ])
      }),
    )
  })
})

describe('alignment', () => {
  test('[M8] counts agreement, disagreement and what is not comparable', () => {
    const [a, b, c, d, e] = bills(5) as [string, string, string, string, string]
    const catalog = catalogOf(
      [member('A1')],
      [
        rollCall(a, ['yes']),
        rollCall(b, ['no']),
        rollCall(c, ['present']),
        rollCall(d, ['yes']),
        rollCall(e, [undefined]),
      ],
    )
    const votes = votesOf({ [a]: 'yes', [b]: 'yes', [c]: 'no', [d]: 'abstain', [e]: 'yes', 'hr99-119': 'no' })
    const [item] = alignment(catalog, votes)
    expect(item).toMatchObject({
      agreed: 1,
      disagreed: 1,
      notComparable: 2,
      percent: 50,
      low: 9.5,
      high: 90.5,
    })
    expect(item?.representative).toEqual({
      id: 'A1',
      name: 'Made Up A1',
      party: 'Independent',
      state: 'VT',
      district: null,
      chamber: 'house',
    })
    expect(
      agreementOn(catalog, votes, 'A1').map(each => [each.billId, each.mine, each.theirs, each.verdict]),
    ).toEqual([
      [a, 'yes', 'yes', 'agreed'],
      [b, 'yes', 'no', 'disagreed'],
      [c, 'no', 'not-voting', 'not-comparable'],
      [d, 'abstain', 'yes', 'not-comparable'],
    ])
  })

  test('[M7] takes a bill once, by the last roll call of the member’s own chamber', () => {
    const id = 'hr1-119'
    const catalog = catalogOf(
      [member('H1'), member('S1', 'senate')],
      [
        rollCall(id, ['no', undefined], { id: 'h9', votedAt: '2025-05-01T12:00:00Z' }),
        rollCall(id, ['yes', undefined], { id: 'h10', votedAt: '2025-03-01T12:00:00Z' }),
        rollCall(id, ['yes', 'yes'], { id: 's7', chamber: 'senate', votedAt: '2025-06-01T12:00:00Z' }),
      ],
    )
    const byId = new Map(
      alignment(catalog, votesOf({ [id]: 'yes' })).map(item => [item.representative.id, tally(item)]),
    )
    expect(byId.get('H1')).toEqual([0, 1, 0])
    expect(byId.get('S1')).toEqual([1, 0, 0])
    expect(agreementOn(catalog, votesOf({ [id]: 'yes' }), 'H1').map(each => each.rollCallId)).toEqual(['h9'])
  })

  test('does not fall back to an earlier roll call when the member sat out the last', () => {
    const id = 'hr1-119'
    const catalog = catalogOf(
      [member('H1')],
      [
        rollCall(id, ['yes'], { id: 'h1', votedAt: '2025-03-01T12:00:00Z' }),
        rollCall(id, ['not-voting'], { id: 'h2', votedAt: '2025-03-02T12:00:00Z' }),
      ],
    )
    expect(alignment(catalog, votesOf({ [id]: 'yes' })).map(tally)).toEqual([[0, 0, 1]])
  })

  test('[M9] ranks by the interval’s lower bound: 40 of 50 before 1 of 1, ties by id', () => {
    const all = bills(50)
    const positions = (index: number): (Position | undefined)[] => [
      index === 0 ? 'yes' : undefined,
      index < 40 ? 'yes' : 'no',
      undefined,
      index === 0 ? 'yes' : undefined,
    ]
    const catalog = catalogOf(
      [member('D4'), member('C3'), member('A1'), member('B2')],
      all.map((id, index) => rollCall(id, positions(index))),
    )
    const items = alignment(catalog, votesOf(Object.fromEntries(all.map(id => [id, 'yes']))))
    expect(items.map(item => [item.representative.id, item.percent, item.low, item.high])).toEqual([
      ['C3', 80, 67, 88.8],
      ['B2', 100, 20.7, 100],
      ['D4', 100, 20.7, 100],
      ['A1', null, 0, 100],
    ])
  })

  test('ignores removed and malformed votes, and is empty of evidence for a stranger', () => {
    const votes = votesOf({ 'hr1-119': 'yes' })
    votes.set('hr2-119', { key: 'hr2-119', stamp: 2, device: 'aaaaaaaa', value: null })
    votes.set('hr3-119', { key: 'hr3-119', stamp: 2, device: 'aaaaaaaa', value: { choice: 'perhaps' } })
    const catalog = catalogOf(
      [member('A1')],
      bills(3).map(id => rollCall(id, ['yes'])),
    )
    expect(alignment(catalog, votes).map(tally)).toEqual([[1, 0, 0]])
    expect(agreementOn(catalog, votes, 'Z9')).toEqual([])
  })
})

const DATA = new URL('../../../shared/data/civic/', import.meta.url)
const files = ['votes-118.jsonl.gz', 'votes-119.jsonl.gz', 'legislators-current.json.gz'].map(
  name => new URL(name, DATA),
)
const hasData = files.every(url => existsSync(url))
if (!hasData) console.log('skipped: alignment with real members, since ../shared/data/civic is not there')

interface RawRollCall {
  readonly vote_id: string
  readonly chamber: 'h' | 's'
  readonly date: string
  readonly bill: { readonly type: string; readonly number: number; readonly congress: number }
  readonly votes: Readonly<Record<string, readonly (string | { readonly id: string })[]>>
}
interface RawLegislator {
  readonly id: { readonly bioguide: string; readonly lis?: string }
  readonly terms: readonly { readonly type: string }[]
}

const POSITIONS: Record<string, Position> = {
  Yea: 'yes',
  Aye: 'yes',
  Nay: 'no',
  No: 'no',
  Present: 'present',
}
const billIdOf = ({ bill }: RawRollCall) => `${bill.type}${bill.number}-${bill.congress}`
const lines = (url: URL | undefined) => (url ? gunzipSync(readFileSync(url)).toString() : '')

describe.skipIf(!hasData)('alignment with the members of the 118th and 119th Congress', () => {
  const raw = hasData
    ? [lines(files[0]), lines(files[1])]
        .flatMap(text => text.split('\n'))
        .filter(line => /"category":"(passage|veto-override)/.test(line))
        .map(line => JSON.parse(line) as RawRollCall)
    : []
  const legislators: RawLegislator[] = hasData ? JSON.parse(lines(files[2])) : []
  const catalog = catalogOf(legislators.map(representativeOf), raw.map(packed))
  // Three hundred bills of all kinds, on each third of which the person says something else.
  const billIds = [...new Set(raw.map(billIdOf))].sort().filter((_, index) => index % 3 === 0)
  const choices = Object.fromEntries(
    billIds.slice(0, 300).map((id, index) => [id, (['yes', 'no', 'abstain'] as const)[index % 3] ?? 'yes']),
  )

  function representativeOf({ id, terms }: RawLegislator): Representative {
    return member(id.bioguide, terms.at(-1)?.type === 'sen' ? 'senate' : 'house')
  }

  function packed(each: RawRollCall): RollCall {
    const positionById = new Map<string, Position>()
    for (const [option, voters] of Object.entries(each.votes))
      for (const voter of voters)
        if (typeof voter !== 'string') positionById.set(voter.id, POSITIONS[option] ?? 'not-voting')
    const positions = legislators.map(
      ({ id }) => positionById.get(id.bioguide) ?? positionById.get(id.lis ?? ''),
    )
    const votedAt = new Date(each.date).toISOString()
    return rollCall(billIdOf(each), positions, {
      id: each.vote_id,
      chamber: each.chamber === 'h' ? 'house' : 'senate',
      votedAt,
    })
  }

  /** The last of its chamber on each bill that the person has voted on, straight from the raw lines. */
  const lastOf = new Map<string, RawRollCall>()
  for (const each of raw) {
    if (!(billIdOf(each) in choices)) continue
    const place = `${each.chamber} ${billIdOf(each)}`
    const before = lastOf.get(place)
    if (!before || Date.parse(each.date) >= Date.parse(before.date)) lastOf.set(place, each)
  }

  function recounted({ id, terms }: RawLegislator): number[] {
    const chamber = terms.at(-1)?.type === 'sen' ? 's' : 'h'
    const counts = [0, 0, 0]
    for (const [billId, choice] of Object.entries(choices)) {
      const isMember = (voter: string | { readonly id: string }) =>
        typeof voter !== 'string' && (voter.id === id.bioguide || voter.id === id.lis)
      const { votes = {} } = lastOf.get(`${chamber} ${billId}`) ?? {}
      const option = Object.entries(votes).find(([, voters]) => voters.some(isMember))?.[0]
      if (!option) continue
      const said = /^(Yea|Aye)$/.test(option) ? 'yes' : /^(Nay|No)$/.test(option) ? 'no' : undefined
      const slot = choice === 'abstain' || !said ? 2 : said === choice ? 0 : 1
      counts[slot] = (counts[slot] ?? 0) + 1
    }
    return counts
  }

  test('[M7] is what a recount of the raw roll calls gives, for every member', () => {
    const items = alignment(catalog, votesOf(choices))
    expect(items).toHaveLength(537)
    const tallies = items.map(item => [item.representative.id, ...tally(item)])
    const recounts = legislators.map(each => [each.id.bioguide, ...recounted(each)])
    expect(tallies.sort()).toEqual(recounts.sort())
  })

  test('rests on the votes that agreementOn lists', () => {
    for (const item of alignment(catalog, votesOf(choices)).slice(0, 20)) {
      const votes = agreementOn(catalog, votesOf(choices), item.representative.id)
      const count = (verdict: string) => votes.filter(each => each.verdict === verdict).length
      expect([count('agreed'), count('disagreed'), count('not-comparable')]).toEqual(tally(item))
    }
  })
})
