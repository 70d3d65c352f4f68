// A peer that speaks enough HTTP to become a WebSocket, and no more.
import { request } from 'node:http'
import type { Duplex } from 'node:stream'

/** A WebSocket with a bad token whose frames nobody reads, so that it never takes part in the server's close. */
export function upgradeAndIgnore(serverUrl: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const asked = request(`${serverUrl}/api/sync/votes`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
        'sec-websocket-protocol': 'y-websocket, bearer.bad',
      },
    })
    asked.on('upgrade', (_response, socket) => resolve(socket))
    asked.on('error', reject)
    asked.end()
  })
}
