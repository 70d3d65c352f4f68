// Which room a session enters, and which it is kept out of (SPEC P18, G9).
import { CodedError, type DocumentMode } from '@workforce-democracy/shared'
import type { DocumentRef } from '../db/documents.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import type { Session } from './session.ts'

/** What a client names of the document that it knows; a stock client nothing. */
export interface Asked {
  readonly mode: DocumentMode | undefined
  readonly generation: number | undefined
}

/**
 * Lets a session into the room of a document.
 *
 * @throws CodedError `moved` after it was told, when the document is not what the client knows; `forbidden` for a stock
 *   client where the document is sealed
 */
export async function admit(rooms: Rooms, session: Session, ref: DocumentRef, asked: Asked): Promise<Room> {
  for (;;) {
    const room = await rooms.find(ref)
    let isLetIn = false
    try {
      isLetIn = await isWelcome(room, session, asked)
      // While it waited the room may have been left by all others, or have ended.
      if (!isLetIn || !rooms.isPresent(room)) continue
      room.enter(session)
      return room
    } finally {
      if (!isLetIn) rooms.unused(room)
    }
  }
}

/** Returns `false` when the room is of a generation that is gone, so that another one has to be found. */
async function isWelcome(room: Room, session: Session, { mode, generation }: Asked): Promise<boolean> {
  if (mode === 'open' || (mode && !session.isStock)) await room.openIfLocal(mode)
  const isSealed = room.mode === 'sealed'
  if (isSealed && (session.isStock || !mode)) throw new CodedError('forbidden', 'This document is sealed.')
  if (generation && room.generation > 0 && generation > room.generation) await room.leaveIfMoved()
  if (room.isDiscarded) return false
  // What an old copy brings to an open document joins; of a sealed one the client has to know which it is.
  const wanted = generation || (isSealed ? undefined : room.generation)
  if ((mode && mode !== room.mode) || wanted !== room.generation) {
    session.closeMoved(room.generation)
    throw new CodedError('moved')
  }
  return !session.isStock || (await room.leaseForStock())
}
