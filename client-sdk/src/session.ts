// Who is signed in on this device, and the tokens of that: kept encrypted in the store, renewed before they expire.
import {
  CodedError,
  errorCode,
  type SessionResponse,
  sessionResponseSchema,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { type Http, readBody } from './http.ts'
import { Listeners } from './replica/listeners.ts'
import type { Replica } from './replica.ts'

/** An account as this device knows it. */
export type User = SessionResponse['user']

/** A session with the server. */
export interface Session {
  readonly isSignedIn: boolean
  readonly user: User | undefined
  /**
   * Why the server has ended the session that was here: `unauthorized`, because somebody ended it elsewhere or it was used
   * from a copy of this store, or `account-deleted`. Kept until somebody signs in or out.
   */
  readonly ended: SessionEnd | undefined
  /**
   * An access token that is good for another minute at least. `renew` asks for a fresh one, because the server
   * refused the one before.
   *
   * @throws CodedError `not-signed-in`, `offline`, `unauthorized` when the session has ended on the server,
   * `account-deleted`
   */
  accessToken(options?: { readonly renew?: boolean }): Promise<string>
  /** Begins a session that the server has given. */
  start(response: SessionResponse): Promise<void>
  /** Ends it on this device; returns the refresh token, so that the server can be told. */
  end(): Promise<string | undefined>
  /** Calls `listener` when somebody signs in or out; returns how to stop that. */
  onChange(listener: () => void): () => void
  /** Calls `listener` with each new access token that the server has given for the refresh token. */
  onRenewed(listener: () => void): () => void
  /** Calls `listener` when the server has ended the session; `ended` says why. */
  onRefused(listener: () => void): () => void
}

const KEPT = 'session'
const keptSchema = z.object({ user: sessionResponseSchema.shape.user, refreshToken: z.string() })
type Kept = z.infer<typeof keptSchema>

const MIN_LIFETIME_MS = 60_000
/** What says that a refresh token is good for nothing any more. Kept in the place of the session that it ended. */
const endSchema = z.enum(['unauthorized', 'account-deleted'])
/** Why a session has ended. */
export type SessionEnd = z.infer<typeof endSchema>

/** Makes the session of a client, from what its store has kept. */
export function createSession({
  replica,
  http,
}: {
  readonly replica: Replica
  readonly http: Http
}): Session {
  const parsed = z.safeParse(keptSchema, replica.meta.get(KEPT))
  let kept: Kept | undefined = parsed.success ? parsed.data : undefined
  // Only in memory: a fresh one after each start costs little, and its end is then never judged by an old clock.
  let access: { readonly token: string; readonly expiresAtMs: number } | undefined
  let renewal: Promise<string> | undefined
  const listeners = new Listeners()
  const renewedListeners = new Listeners()
  const refusedListeners = new Listeners()

  const keep = async (response: SessionResponse | undefined, end: SessionEnd | null = null) => {
    const next = response && { user: response.user, refreshToken: response.refreshToken }
    await replica.meta.set(KEPT, next ?? end)
    kept = next
    access = response && {
      token: response.accessToken,
      expiresAtMs: Date.parse(response.accessTokenExpiresAt),
    }
  }
  const changed = () => listeners.call()
  const renew = async (refreshToken: string) => {
    try {
      const request = { method: 'POST', path: '/api/auth/refresh-token', body: { refreshToken } } as const
      const response = await readBody(await http.send(request), sessionResponseSchema)
      if (kept?.refreshToken !== refreshToken) throw new CodedError('not-signed-in')
      await keep(response)
      renewedListeners.call()
      return response.accessToken
    } catch (error) {
      const end = z.safeParse(endSchema, errorCode(error))
      if (end.success && kept?.refreshToken === refreshToken) {
        await keep(undefined, end.data)
        refusedListeners.call()
        changed()
      }
      throw error
    }
  }
  return {
    get isSignedIn() {
      return kept !== undefined
    },
    get user() {
      return kept?.user
    },
    get ended() {
      return z.safeParse(endSchema, replica.meta.get(KEPT)).data
    },
    async accessToken(options = {}) {
      if (!kept) throw new CodedError('not-signed-in')
      if (access && !options.renew && access.expiresAtMs - replica.now() > MIN_LIFETIME_MS)
        return access.token
      renewal ??= renew(kept.refreshToken).finally(() => {
        renewal = undefined
      })
      return renewal
    },
    async start(response) {
      await keep(response)
      changed()
    },
    async end() {
      const refreshToken = kept?.refreshToken
      await keep(undefined)
      changed()
      return refreshToken
    },
    onChange: listener => listeners.add(listener),
    onRenewed: listener => renewedListeners.add(listener),
    onRefused: listener => refusedListeners.add(listener),
  }
}
