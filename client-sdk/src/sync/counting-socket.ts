// A WebSocket that tells which of its frames the server counts: step 2 and update messages, from the first.
import { countedFrameType } from '@workforce-democracy/shared'

/** Constructor of a WebSocket, as browsers and `ws` have it. */
export type WebSocketConstructor = typeof WebSocket

/** What was sent on the present connection. */
export interface SentCount {
  /** Called when a connection is opened: counting starts again. */
  onConnect(): void
  /** Called before the n-th counted frame of the connection is sent. */
  onCounted(n: number, type: 'step2' | 'update'): void
}

/** A WebSocket class for y-websocket's `WebSocketPolyfill` that reports to `sent`. */
export function countingWebSocket(Base: WebSocketConstructor, sent: SentCount): WebSocketConstructor {
  return class extends Base {
    #counted = 0

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      sent.onConnect()
    }

    override send(data: string | Blob | BufferSource): void {
      const type = data instanceof Uint8Array ? countedFrameType(data) : undefined
      if (type) sent.onCounted(++this.#counted, type)
      super.send(data)
    }
  }
}
