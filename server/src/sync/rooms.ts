// All rooms of this server: one a document that somebody has open.
import type { DocumentChange, DocumentRef } from '../db/documents.ts'
import { Room, type RoomServices, type RoomStanding } from './room.ts'
import type { Session } from './session.ts'

/** The rooms of this server. */
export interface Rooms {
  /** The room of a document, loaded if nobody has it open. It stays until {@link left} was told of each who found it. */
  find(ref: DocumentRef): Promise<Room>
  /** Takes note that a session has left, or that somebody who found the room does not enter it. */
  left(room: Room, session?: Session): void
  /** Takes note that a document's log has moved on without its room. */
  advanced(ref: DocumentRef, head: number): void
  /** Takes note that a document is not where {@link standings} said. */
  changed(change: DocumentChange): void
  /** Where the document of each room stands. */
  standings(): Iterable<RoomStanding>
  sessions(): Iterable<Session>
  /** How many there are. */
  readonly size: number
  /** Resolves when everything received so far is committed or refused. */
  settled(): Promise<void>
}

const idOf = ({ personId, document }: DocumentRef) => `${personId}/${document}`

/** Makes the rooms of this server. */
export function createRooms(services: RoomServices): Rooms {
  const loadingById = new Map<string, Promise<Room>>()
  const roomById = new Map<string, Room>()

  const load = async (ref: DocumentRef, id: string): Promise<Room> => {
    try {
      const room = await Room.load(ref, services)
      roomById.set(id, room)
      return room
    } finally {
      loadingById.delete(id)
    }
  }
  const drop = (room: Room) => {
    const id = idOf(room.ref)
    if (roomById.get(id) !== room) return
    roomById.delete(id)
    services.compaction.abandoned(room.ref)
  }
  return {
    async find(ref) {
      const id = idOf(ref)
      let room = roomById.get(id)
      if (!room || room.isDiscarded) {
        const loading = loadingById.get(id) ?? load(ref, id)
        loadingById.set(id, loading)
        room = await loading
      }
      room.expect()
      return room
    },
    left(room, session) {
      room.leave(session)
      // What it received is committed all the same; the room goes when that is done.
      void room.settled().then(() => {
        if (room.isIdle || room.isDiscarded) drop(room)
      })
    },
    advanced(ref, head) {
      void roomById.get(idOf(ref))?.advanced(head)
    },
    changed(change) {
      void roomById.get(idOf(change))?.changed(change)
    },
    *standings() {
      for (const room of roomById.values()) yield room.standing
    },
    get size() {
      return roomById.size
    },
    *sessions() {
      for (const room of roomById.values()) yield* room.sessions
    },
    async settled() {
      await Promise.all([...roomById.values()].map(room => room.settled()))
    },
  }
}
