// What carries the frames of one document between a client and this server: a WebSocket of its own, or a channel.
import type { Pausable } from './intake.ts'
import type { SessionSocket } from './session.ts'

/** One document's way to one client. */
export interface DocumentSocket extends SessionSocket {
  /** Until either side has closed it. */
  readonly isOpen: boolean
  /** Whether the client takes message 4. */
  readonly durableMessages: boolean
  /** What is left unread when too much has come. */
  readonly source: Pausable
  /** What has come before its document's room was entered, over all that comes from this source. */
  readonly early: { bytes: number }
  /** Calls `listener` with each frame from now on. */
  onFrame(listener: (frame: Uint8Array) => void): void
  /** Calls `listener` once it is gone, or now if it is. */
  onceGone(listener: () => void): void
}
