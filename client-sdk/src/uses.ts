// What the server may do with what it can read: wished in `settings`, where it cannot look, and told to it each time.
import { DEFAULT_USES, PURPOSES, type Uses, useKey, usesIn, usesSchema } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { Http } from './http.ts'
import type { Replica } from './replica.ts'
import type { Session } from './session.ts'

/** What {@link createUsesSync} takes. */
export interface UsesSyncOptions {
  readonly replica: Replica
  readonly session: Session
  readonly http: Http
}

/** Tells the server of uses. */
export interface UsesSync {
  /** Tells it, if there is something that it has not been told. Resolves when it knows, or cannot be told now. */
  tell(): Promise<void>
  /** Resolves once the server knows. @throws CodedError what keeps it from that now */
  told(): Promise<void>
}

/** What the server has been told, by account. */
const TOLD = 'uses-told'
const toldSchema = z.object({ userId: z.string(), uses: z.partial(usesSchema) })

/** Makes what tells the server of uses. */
export function createUsesSync({ replica, session, http }: UsesSyncOptions): UsesSync {
  let telling: Promise<void> | undefined
  const toldTo = (userId: string | undefined): Partial<Uses> | undefined => {
    const kept = z.safeParse(toldSchema, replica.meta.get(TOLD))
    return kept.data?.userId === userId ? kept.data?.uses : undefined
  }
  const untold = (): Partial<Uses> => {
    const before = toldTo(session.user?.id)
    const settings = replica.state('settings')
    const wished = usesIn(settings)
    const changed = PURPOSES.filter(purpose => {
      const wish = wished[purpose]
      if (wish === undefined || wish === before?.[purpose]) return false
      // Where the person has said less to the server elsewhere, only a wish from this very device is newer for sure.
      const isOwn = settings.get(useKey(purpose))?.device === replica.device
      return isOwn || breadthOf(wish) < breadthOf(before?.[purpose] ?? DEFAULT_USES[purpose])
    })
    return Object.fromEntries(changed.map(purpose => [purpose, wished[purpose]]))
  }
  const tellOnce = async () => {
    const { user } = session
    const uses = untold()
    if (!user || Object.keys(uses).length === 0) return
    const accessToken = await session.accessToken()
    await http.send({ method: 'PUT', path: '/api/user/privacy', body: { uses }, accessToken })
    await replica.meta.set(TOLD, { userId: user.id, uses: { ...toldTo(user.id), ...uses } })
  }
  const told = async (): Promise<void> => {
    while (session.isSignedIn && Object.keys(untold()).length > 0) {
      telling ??= tellOnce().finally(() => {
        telling = undefined
      })
      await telling
    }
  }
  return {
    told,
    // Whatever is in the way is tried again with the next token, connection or change.
    tell: () => told().catch(() => undefined),
  }
}

/** How much a use allows: a greater number allows all that a smaller one does. */
function breadthOf(use: Uses[keyof Uses]): number {
  return [false, 'off', 'device', true, 'server'].indexOf(use)
}
