// The bus over Redis, for many servers: publishing there costs Postgres nothing.
import { createClient } from '@redis/client'
import type { OpenTransport } from './bus.ts'

const CHANNEL = 'workforce-democracy'
/** Redis takes far more; a text is put together in memory. */
const MAX_TEXT_BYTES = 64 * 1024
const MAX_RECONNECT_MS = 2_000

/** @param url such as `redis://127.0.0.1:6379` */
export function overRedis(url: string): OpenTransport {
  return ({ onText, onConnected }) => {
    const open = () => {
      const client = createClient({
        url,
        // A hint that waited until Redis is back is none any more.
        disableOfflineQueue: true,
        socket: { reconnectStrategy: retries => Math.min(100 * (retries + 1), MAX_RECONNECT_MS) },
      })
      // It comes back by itself; what was lost meanwhile is looked up then.
      client.on('error', () => undefined)
      return client
    }
    const publisher = open()
    const subscriber = open()
    const listening = (async () => {
      await Promise.all([publisher.connect(), subscriber.connect()])
      await subscriber.subscribe(CHANNEL, onText)
      onConnected()
      subscriber.on('ready', onConnected)
    })().catch(() => undefined)
    return {
      maxTextBytes: MAX_TEXT_BYTES,
      async publish(texts) {
        await Promise.all(texts.map(text => publisher.publish(CHANNEL, text)))
      },
      async [Symbol.asyncDispose]() {
        publisher.destroy()
        subscriber.destroy()
        await listening
      },
    }
  }
}
