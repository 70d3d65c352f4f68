// How members voted, unpacked from the published catalog.
import {
  type BillAnswer,
  type CivicCatalog,
  type MemberPosition,
  type Position,
  positionAt,
  type RepresentativeAnswer,
} from '@workforce-democracy/shared'

/** So many of a member's votes are told of. */
const VOTE_LIMIT = 50

/** Each sitting member's position in a roll call, those left out who had no part in it. */
export function memberPositions(
  { representatives }: CivicCatalog,
  packed: string,
): BillAnswer['rollCalls'][number]['positions'] {
  return representatives.flatMap(({ jurisdiction: _, ...representative }, index) => {
    const position = comparable(positionAt(packed, index))
    return position ? [{ representative, position }] : []
  })
}

/** The last votes of the member at `index`, the latest first. */
export function positionsOf(
  { bills, rollCalls }: CivicCatalog,
  index: number,
): RepresentativeAnswer['votes'][number][] {
  const nameById = new Map(bills.map(({ id, name }) => [id, name]))
  return rollCalls
    .flatMap(({ id: rollCallId, billId, votedAt, positions }) => {
      const position = comparable(positionAt(positions, index))
      const name = nameById.get(billId)
      return position && name !== undefined
        ? [{ bill: { id: billId, name }, rollCallId, votedAt, position }]
        : []
    })
    .sort((a, b) => Date.parse(b.votedAt) - Date.parse(a.votedAt) || (a.rollCallId < b.rollCallId ? -1 : 1))
    .slice(0, VOTE_LIMIT)
}

const comparable = (position: Position | undefined): MemberPosition['position'] | undefined =>
  position === 'present' ? 'not-voting' : position
