// Updates as one entry of the log holds them: one as it is, several each behind its length.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** Puts the updates of one commit together. */
export function encodeEntry(updates: readonly Uint8Array[]): Uint8Array {
  const [only] = updates
  if (only && updates.length === 1) return only
  return encoding.encode(encoder => {
    for (const update of updates) encoding.writeVarUint8Array(encoder, update)
  })
}

/** Takes apart what {@link encodeEntry} made of so many updates. */
export function decodeEntry(entry: Uint8Array, count: number): Uint8Array[] {
  if (count === 1) return [entry]
  const decoder = decoding.createDecoder(entry)
  return Array.from({ length: count }, () => decoding.readVarUint8Array(decoder))
}
