// How the positions of a roll call are packed: two bits a member, in the catalog's order of representatives.
import { fromBase64, toBase64 } from 'lib0/buffer'
import type { Position } from './types.ts'

/** What two bits say. Present and not voting are one: neither is comparable. */
export const POSITION_CODES = { none: 0, yes: 1, no: 2, abstained: 3 } as const

const CODE_BY_POSITION: Readonly<Record<Position, number>> = {
  yes: POSITION_CODES.yes,
  no: POSITION_CODES.no,
  present: POSITION_CODES.abstained,
  'not-voting': POSITION_CODES.abstained,
}

/** Base64 of two bits a member, low bits first; `undefined` where the member had no part in the roll call. */
export function packPositions(positions: readonly (Position | undefined)[]): string {
  const bytes = new Uint8Array(Math.ceil(positions.length / 4))
  for (const [index, position] of positions.entries()) {
    if (position)
      bytes[index >> 2] = (bytes[index >> 2] ?? 0) | (CODE_BY_POSITION[position] << ((index & 3) * 2))
  }
  return toBase64(bytes)
}

/** The codes ({@link POSITION_CODES}) of the first `count` members. Members beyond what was packed have none. */
export function unpackPositions(packed: string, count: number): Uint8Array {
  const bytes = fromBase64(packed)
  const codes = new Uint8Array(count)
  for (let index = 0; index < count; index++) codes[index] = codeAt(bytes, index)
  return codes
}

/** The position of one member; `not-voting` stands for present too. */
export function positionAt(packed: string, index: number): Position | undefined {
  return POSITION_BY_CODE[codeAt(fromBase64(packed), index)]
}

const POSITION_BY_CODE: readonly (Position | undefined)[] = [undefined, 'yes', 'no', 'not-voting']

function codeAt(bytes: Uint8Array, index: number): number {
  return ((bytes[index >> 2] ?? 0) >> ((index & 3) * 2)) & 3
}
