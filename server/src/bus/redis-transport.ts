// The bus over Redis, for many servers: publishing there costs Postgres nothing.
import { createClient } from '@redis/client'
import type { OpenTransport } from './bus.ts'

const CHANNEL = 'workforce-democracy'
/** Redis takes far more; a text is put together in memory. */
const MAX_TEXT_BYTES = 64 * 1024
const MAX_RECONNECT_MS = 2_000
/** How often Redis is asked whether it is there, and after how long a silence it counts as gone. */
const PING_MS = 4_000
const SILENCE_MS = 10_000

/** @param url such as `redis://127.0.0.1:6379` */
export function overRedis(url: string): OpenTransport {
  return ({ onText, onConnected }) => {
    const open = () => {
      const client = createClient({
        url,
        // A hint that waited until Redis is back is none any more.
        disableOfflineQueue: true,
        pingInterval: PING_MS,
        socket: {
          socketTimeout: SILENCE_MS,
          reconnectStrategy: retries => Math.min(100 * (retries + 1), MAX_RECONNECT_MS),
        },
      })
      // It comes back by itself; what was lost meanwhile is looked up then.
      client.on('error', () => undefined)
      return client
    }
    const publisher = open()
    const subscriber = open()
    // Whenever it is there, for it may be gone before the first subscription; a second one changes nothing.
    subscriber.on('ready', () => subscriber.subscribe(CHANNEL, onText).then(onConnected, () => undefined))
    const connecting = [publisher, subscriber].map(client => client.connect().catch(() => undefined))
    return {
      maxTextBytes: MAX_TEXT_BYTES,
      async publish(texts) {
        await Promise.all(texts.map(text => publisher.publish(CHANNEL, text)))
      },
      async [Symbol.asyncDispose]() {
        publisher.destroy()
        subscriber.destroy()
        await Promise.all(connecting)
      },
    }
  }
}
