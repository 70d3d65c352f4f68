// Moves documents to new generations: a compare-and-swap in one transaction, and the destruction of the old one's key.
import { type DocumentMode, isOpenable } from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { insertConsent } from '../db/consents.ts'
import { orderDestruction } from '../db/data-key-destructions.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { replaceLog } from '../db/document-log.ts'
import { lockForMove, startFirstGeneration, startGeneration } from '../db/document-moves.ts'
import { type DocumentRef, type DocumentRow, findDocument } from '../db/documents.ts'
import { deleteProjection } from '../db/projections.ts'
import type { DataCipher, DataKeys, KeyScope } from '../encryption/data-keys.ts'
import { chainLink } from './chain-link.ts'
import { SNAPSHOT_PLACE, summaryPlace } from './document-reader.ts'
import type { KeyDestructions } from './key-destructions.ts'

/** A place in a document's history. Generation 0, position 0 is a local document. */
export interface DocumentPlace {
  readonly generation: number
  readonly position: number
}

/** A move to a new generation. */
export interface Move {
  /** All that the mover has seen: it is refused where there is more. */
  readonly from: DocumentPlace
  readonly mode: DocumentMode
  /** The whole content, one update of a fresh Yjs document, and what a room has to know of it. */
  readonly content: { readonly update: Uint8Array; readonly summary: Uint8Array }
  /** Whether a server makes it by itself: not while a stock client is connected anywhere. */
  readonly byItself?: boolean
}

/** Where the document stands after it: moved, or refused because somebody else was there first. */
export interface MoveOutcome extends DocumentPlace {
  readonly moved: boolean
}

/** Moves documents. */
export interface Generations {
  /**
   * Moves a document whose content was checked. When it resolves, whatever had to be destroyed is, also by moves before.
   *
   * @throws what the databases throw; then the document may have moved all the same, and nothing is done for certain
   */
  move(ref: DocumentRef, move: Move): Promise<MoveOutcome>
}

interface GenerationServices {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly destructions: KeyDestructions
  readonly nowMs: () => number
  /** Called after commit, also before keys are destroyed, so that everybody leaves the old generation at once. */
  readonly onMoved: (ref: DocumentRef, head: number) => void
}

/** Makes what moves documents. */
export function createGenerations(services: GenerationServices): Generations {
  const { pool, dataKeys, destructions, onMoved } = services

  const start = async (ref: DocumentRef, move: Move): Promise<DocumentRow | undefined> => {
    // No key is made for a move that is refused anyway, least of all for a generation that is far away.
    if (!isAt(await findDocument(pool, ref), move.from)) return undefined
    const scope: KeyScope = { ...ref, generation: move.from.generation + 1 }
    const [cipher] = await dataKeys.ciphersFor([scope])
    if (!cipher) return undefined
    const started = await inTransaction(pool, db => replace(services, db, ref, move, cipher))
    if (started) onMoved(ref, started.head)
    return started
  }
  return {
    async move(ref, move) {
      const started = await start(ref, move)
      await destructions.finish(ref)
      const row = started ?? (await findDocument(pool, ref))
      return { moved: started !== undefined, generation: row?.generation ?? 0, position: row?.head ?? 0 }
    },
  }
}

/** Returns `undefined`, and has changed nothing, where the document is not where the mover thinks. */
async function replace(
  { nowMs }: GenerationServices,
  db: Db,
  ref: DocumentRef,
  { from, mode, content, byItself }: Move,
  cipher: DataCipher,
): Promise<DocumentRow | undefined> {
  const before = await lockForMove(db, ref)
  if (!isAt(before, from) || (byItself && before?.hasStock)) return undefined
  const link = chainLink([content.update])
  const row = before
    ? await startGeneration(db, ref, mode, link)
    : await startFirstGeneration(db, ref, mode, link)
  if (!row) return undefined
  await replaceLog(db, ref, {
    generation: row.generation,
    position: row.head,
    data: cipher.seal(content.update, SNAPSHOT_PLACE),
    summary: cipher.seal(content.summary, summaryPlace(row.head)),
  })
  if (before) await orderDestruction(db, { ...ref, generation: before.generation })
  // Rows of the old generation could not be read any more.
  if (isOpenable(ref.document)) await deleteProjection(db, ref.personId, ref.document)
  if (before?.mode !== mode) {
    const flags = { modes: { [ref.document]: mode } }
    await insertConsent(db, ref.personId, { id: uuidv7(), recordedAt: new Date(nowMs()), flags })
  }
  return row
}

function isAt(row: DocumentRow | undefined, { generation, position }: DocumentPlace): boolean {
  return (row?.generation ?? 0) === generation && (row?.head ?? 0) === position
}
