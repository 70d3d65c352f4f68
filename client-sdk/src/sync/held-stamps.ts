// What this device has held of each sealed document, kept in the store: how it knows a server that goes back.
import { type DocumentName, isDeviceName, isStamp } from '@workforce-democracy/shared'
import type { Replica } from '../replica.ts'
import type { Held } from './sealed-carrier.ts'

/** Nothing was held in any epoch. */
const NOTHING: Held = { epoch: 0, chosen: 0, newest: new Map() }

/** What is kept of a document. */
export function readHeld({ meta }: Pick<Replica, 'meta'>, document: DocumentName): Held {
  const kept = meta.get(nameOf(document))
  if (!Array.isArray(kept)) return NOTHING
  const [epoch, chosen, ...entries] = kept
  const newest = entries.flatMap(entry => {
    const [device, stamp] = Array.isArray(entry) ? entry : []
    return isDeviceName(device) && isStamp(stamp) ? [[device, stamp] as const] : []
  })
  return { epoch: Number(epoch), chosen: Number(chosen), newest: new Map(newest) }
}

/** Keeps it, if it is not what is kept already. */
export async function keepHeld(
  { meta }: Pick<Replica, 'meta'>,
  document: DocumentName,
  held: Held,
): Promise<void> {
  const value = [held.epoch, held.chosen, ...[...held.newest].sort(([a], [b]) => (a < b ? -1 : 1))]
  if (JSON.stringify(meta.get(nameOf(document))) === JSON.stringify(value)) return
  await meta.set(nameOf(document), value)
}

/** Forgets it: the person has opened the document, and the server may do with it what it likes. */
export async function forgetHeld({ meta }: Pick<Replica, 'meta'>, document: DocumentName): Promise<void> {
  if (Array.isArray(meta.get(nameOf(document)))) await meta.set(nameOf(document), null)
}

const nameOf = (document: DocumentName) => `held/${document}`
