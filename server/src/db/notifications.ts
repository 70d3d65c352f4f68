// Postgres LISTEN and NOTIFY, over a connection of its own that comes back by itself.
import { Socket } from 'node:net'
import pg from 'pg'

/** The longest payload that Postgres takes is shorter than 8,000 bytes. */
export const MAX_PAYLOAD_BYTES = 7_900

const RECONNECT_MS = 250
const MAX_RECONNECT_MS = 5_000
/** How often Postgres is asked whether it is there, and how long it may take to answer. */
const SILENCE_MS = 5_000

/** One channel of notifications. */
export interface NotificationChannel extends AsyncDisposable {
  /** Notifies everybody who listens, this connection included. Rejects while it is away. */
  notify(payloads: readonly string[]): Promise<void>
}

/**
 * Listens on a channel until it is disposed.
 *
 * @param connectionString of Postgres itself: a pooler in transaction mode forgets who listens
 * @param options.onConnected called whenever listening begins (again): what was sent before may be missed
 */
export function listen(
  connectionString: string,
  options: {
    readonly channel: string
    readonly onPayload: (payload: string) => void
    readonly onConnected: () => void
    readonly silenceMs?: number
  },
): NotificationChannel {
  const { channel, onPayload, onConnected, silenceMs = SILENCE_MS } = options
  let client: pg.Client | undefined
  let asking: NodeJS.Timeout | undefined
  let isClosed = false
  let pauseMs = RECONNECT_MS
  let retry: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const socket = new Socket()
    const next = new pg.Client({
      connectionString,
      stream: () => socket,
      application_name: 'workforce-democracy bus',
      connectionTimeoutMillis: silenceMs,
      query_timeout: silenceMs,
    })
    // An error is followed by the end, where we act.
    next.on('error', () => undefined)
    next.once('end', () => lose(next))
    next.on('notification', ({ payload = '' }) => onPayload(payload))
    try {
      await next.connect()
      await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch {
      socket.destroy()
      return lose(next)
    }
    if (isClosed) return next.end()
    client = next
    pauseMs = RECONNECT_MS
    // Who only listens would never miss a Postgres that vanished without a word.
    asking = setInterval(() => next.query('select').catch(() => socket.destroy()), silenceMs).unref()
    onConnected()
  }
  const lose = (lost: pg.Client): void => {
    if (client === lost) {
      client = undefined
      clearInterval(asking)
    }
    if (isClosed || client) return
    clearTimeout(retry)
    retry = setTimeout(start, pauseMs).unref()
    pauseMs = Math.min(pauseMs * 2, MAX_RECONNECT_MS)
  }
  let connecting: Promise<void>
  const start = () => {
    connecting = connect()
  }
  start()
  return {
    async notify(payloads) {
      if (!client) throw new Error('The connection for notifications is away.')
      await client.query({
        name: 'notify',
        text: 'select pg_notify($1, payload) from unnest($2::text[]) as p (payload)',
        values: [channel, payloads],
      })
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      clearTimeout(retry)
      clearInterval(asking)
      await connecting
      await client?.end()
    },
  }
}
