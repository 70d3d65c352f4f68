// What was received and is not committed yet: when it is too much, sockets are not read from until it is less.

/** A socket that can be left unread. */
export interface Pausable {
  pause(): void
  resume(): void
}

/** Counts bytes between reception and commit, over all rooms. */
export interface Intake {
  readonly bytes: number
  add(bytes: number): void
  remove(bytes: number): void
  /** Called after a message of `socket`: `refuse` when the connection must go, since even unread sockets were not enough. */
  admit(socket: Pausable): 'take' | 'refuse'
  /** Takes note that a socket is gone. */
  forget(socket: Pausable): void
}

/** Makes the intake of this server. */
export function createIntake(limits: {
  readonly pauseAtBytes: number
  readonly refuseAtBytes: number
}): Intake {
  const paused = new Set<Pausable>()
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },
    add(added) {
      bytes += added
    },
    remove(removed) {
      bytes -= removed
      // Only at half does reading go on: else every commit would wake and stop everybody.
      if (bytes > limits.pauseAtBytes / 2) return
      for (const socket of paused) socket.resume()
      paused.clear()
    },
    admit(socket) {
      if (bytes >= limits.refuseAtBytes) return 'refuse'
      if (bytes >= limits.pauseAtBytes && !paused.has(socket)) {
        paused.add(socket)
        socket.pause()
      }
      return 'take'
    },
    forget(socket) {
      paused.delete(socket)
    },
  }
}
