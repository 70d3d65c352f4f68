// Where a server has said that a document's log stands, and whether that agrees with what it said before (SPEC T).
import * as z from 'zod/mini'

/** What counts of a receipt: position and chain belong together for ever. */
export interface Checkpoint {
  readonly generation: number
  readonly position: number
  /** base64url. */
  readonly chain: string
}

const placeShape = { generation: z.int().check(z.gte(1)), position: z.int().check(z.gte(0)) }

/** A checkpoint as it is kept. */
export const checkpointSchema = z.object({
  ...placeShape,
  chain: z.string().check(z.regex(/^[\w-]{43}$/)),
})

/**
 * `settings`, key `receipt/<document>/<device>`: the last that a device was given; and of a sealed document the stamp of
 * its newest envelope that was acknowledged, with a place at which whoever is there has it.
 */
export const saidReceiptSchema = z.extend(checkpointSchema, {
  sealed: z.optional(z.object({ ...placeShape, stamp: z.int().check(z.gte(1)) })),
})
export type SaidReceipt = z.infer<typeof saidReceiptSchema>

/**
 * How a checkpoint stands to one that a server gave before, to this device or another.
 *
 * - `rolled-back`: it is behind it, and what is committed is never taken back
 * - `forked`: of one position they say two things
 */
export type CheckpointVerdict = 'agrees' | 'rolled-back' | 'forked'

/** Judges a newer checkpoint of the same device by the one before. */
export function judgeNext(before: Checkpoint, next: Checkpoint): CheckpointVerdict {
  if (next.position < before.position || next.generation < before.generation) return 'rolled-back'
  return judgeOther(before, next)
}

/** Judges a checkpoint of another device, which may be of any time. */
export function judgeOther(own: Checkpoint, other: Checkpoint): CheckpointVerdict {
  if (other.position !== own.position) return 'agrees'
  return other.chain === own.chain && other.generation === own.generation ? 'agrees' : 'forked'
}
