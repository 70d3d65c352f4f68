// Whether a document has to move, and with which content.
import { type DocumentMode, type DocumentName, freshDocument } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import type { Replica } from '../replica.ts'
import { choiceOf, sealingChoice } from './choices.ts'
import type { Copy } from './document-copy.ts'
import { readHeld } from './held-stamps.ts'
import { firstContent, isSealed } from './sealed-carrier.ts'
import { envelopeOf, placeOf, type Sealing, sealedDocument } from './sealing.ts'

/** Where a document is to be. */
export interface MoveTarget {
  readonly document: DocumentName
  readonly replica: Replica
  readonly mode: DocumentMode
  readonly sealing: Sealing | undefined
  /** The present one. */
  readonly generation: number
}

/** Whether a copy is of another mode or an older key, or has something missing, and may be left. */
export function needsMove(copy: Copy | undefined, target: MoveTarget): boolean {
  if (!copy) return false
  const { document, replica, mode, sealing } = target
  const { carrier } = copy
  if (!isSealed(carrier)) return mode === 'sealed'
  if (!carrier.mayLeave()) return false
  // A choice that is older than the sealing is none to open it: the newer one has yet to come, or is withheld.
  if (mode === 'open')
    return !carrier.trouble() && (choiceOf(replica, document)?.stamp ?? 0) > carrier.chosen()
  return carrier.isMoveDue() || carrier.place.epoch < (sealing?.keys.epoch ?? 0)
}

/** Everything that this device has, for the next generation; nothing without the key to seal it. */
export function contentFor({ carrier }: Copy, target: MoveTarget): Uint8Array | undefined {
  const { document, replica, mode, sealing, generation } = target
  const saved = replica.state(document)
  if (mode === 'open') return freshDocument(saved, new Y.Doc().clientID)
  const next = { document, generation: generation + 1, epoch: sealing?.keys.epoch ?? 0 }
  const place = sealing && placeOf(sealing, next)
  if (!place) return undefined
  const held = readHeld(replica, document).newest
  const { device } = replica
  const chosen = sealingChoice(replica, document)
  const first = () => firstContent({ place, device, held, saved, nowMs: replica.now(), chosen })
  const content = isSealed(carrier) ? carrier.full() : first()
  return sealedDocument(envelopeOf(sealing, place, content))
}
