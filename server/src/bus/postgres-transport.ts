// The bus over Postgres: nothing more to run.
import { listen, MAX_PAYLOAD_BYTES } from '../db/notifications.ts'
import type { OpenTransport } from './bus.ts'

const CHANNEL = 'workforce_democracy'

/** @param connectionString of Postgres itself, not of a pooler */
export function overPostgres(connectionString: string): OpenTransport {
  return ({ onText, onConnected }) => {
    const channel = listen(connectionString, { channel: CHANNEL, onPayload: onText, onConnected })
    return {
      maxTextBytes: MAX_PAYLOAD_BYTES,
      publish: texts => channel.notify(texts),
      [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
    }
  }
}
