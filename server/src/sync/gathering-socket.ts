// A WebSocket that hands the system everything of one turn of the event loop at once.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { SessionSocket } from './session.ts'

/**
 * Sends the frames of one turn in one write: a commit relays and acknowledges to the same connection, and a write to
 * the network costs more than all the rest of a small frame. Frames stay apart and in order.
 *
 * @param stream what carries `webSocket`
 */
export function gatherWrites(webSocket: WebSocket, stream: Socket): SessionSocket {
  let isCorked = false
  const uncork = () => {
    isCorked = false
    stream.uncork()
  }
  return {
    get bufferedAmount() {
      return webSocket.bufferedAmount
    },
    send(frame) {
      if (!isCorked) {
        isCorked = true
        stream.cork()
        // Runs once this turn's promises have settled.
        process.nextTick(uncork)
      }
      webSocket.send(frame)
    },
    close: (code, reason) => webSocket.close(code, reason),
  }
}
