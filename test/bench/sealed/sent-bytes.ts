// Counts what a client sends over its sockets.
import { WebSocket } from 'ws'

/** Sockets whose payload is counted, without the frames and TLS around it. */
export function sentBytesOf() {
  let bytes = 0
  const Counting = class extends WebSocket {
    override send(data: Parameters<WebSocket['send']>[0], ...rest: unknown[]): void {
      bytes += (data as Uint8Array).byteLength
      super.send(data, ...(rest as []))
    }
  }
  return { WebSocket: Counting as unknown as typeof globalThis.WebSocket, bytes: () => bytes }
}
