// Hooks for React: each reads from memory, and renders again when what it shows has changed, in whichever tab.
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react'
import type { Client } from './client.ts'
import type { User } from './session.ts'
import type { SyncStatus } from './sync/sync.ts'
import type { Bookmark } from './verbs/bookmarks.ts'
import type { Note } from './verbs/notes.ts'
import type { Vote } from './verbs/votes.ts'

const ClientContext = createContext<Client | undefined>(undefined)

/**
 * Gives an open client to the hooks below it.
 *
 * @example
 * const client = await openClient({ server: 'https://api.example.org' })
 * createRoot(element).render(<ClientProvider client={client}><App /></ClientProvider>)
 */
export function ClientProvider({
  client,
  children,
}: {
  readonly client: Client
  readonly children?: ReactNode
}): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children)
}

/**
 * The client, for verbs that write.
 *
 * @throws Error outside of a {@link ClientProvider}
 * @example
 * const client = useClient()
 * return <button onClick={() => client.votes.cast('hr8-118', 'yes')}>Yes</button>
 */
export function useClient(): Client {
  const client = useContext(ClientContext)
  if (!client) throw new Error('There is no ClientProvider above this component.')
  return client
}

/**
 * All votes, the latest first.
 *
 * @example
 * const votes = useVotes()
 * return <ul>{votes.map(({ billId, choice }) => <li key={billId}>{choice}</li>)}</ul>
 */
export function useVotes(): readonly Vote[] {
  const { votes } = useClient()
  return useReading(votes.subscribe, votes.list)
}

/**
 * The vote on a bill.
 *
 * @example
 * return <p>{useVote('hr8-118')?.choice ?? 'no vote'}</p>
 */
export function useVote(billId: string): Vote | undefined {
  const { votes } = useClient()
  return useReading(votes.subscribe, votes.get, billId)
}

/**
 * Bookmarks of one kind or of all, the latest first.
 *
 * @example
 * return <p>{useBookmarks('bill').length} bills</p>
 */
export function useBookmarks(kind?: string): readonly Bookmark[] {
  const { bookmarks } = useClient()
  return useReading(bookmarks.subscribe, bookmarks.list, kind)
}

/**
 * What was done with a resource.
 *
 * @example
 * return <progress max={100} value={useProgress('video1')?.percent ?? 0} />
 */
export function useProgress(resourceId: string): ReturnType<Client['progress']['get']> {
  const { progress } = useClient()
  return useReading(progress.subscribe, progress.get, resourceId)
}

/**
 * The profile.
 *
 * @example
 * return <p>{useProfile().skillLevel}</p>
 */
export function useProfile(): ReturnType<Client['profile']['get']> {
  const { profile } = useClient()
  return useReading(profile.subscribe, profile.get)
}

/**
 * A note.
 *
 * @example
 * return <p>{useNote('bill', 'hr8-118')?.text}</p>
 */
export function useNote(kind: string, id: string): Note | undefined {
  const { notes } = useClient()
  return useReading(notes.subscribe, notes.get, kind, id)
}

/**
 * Who may see which category.
 *
 * @example
 * return <p>{usePrivacy().votes}</p>
 */
export function usePrivacy(): ReturnType<Client['privacy']['get']> {
  const { privacy } = useClient()
  return useReading(privacy.subscribe, privacy.get)
}

/**
 * Who is signed in.
 *
 * @example
 * return <p>{useUser()?.username ?? 'nobody'}</p>
 */
export function useUser(): User | undefined {
  const { account } = useClient()
  return useReading(account.subscribe, account.current)
}

/**
 * Where the data stands.
 *
 * @example
 * return <p>{useSyncStatus().state}</p>
 */
export function useSyncStatus(): SyncStatus {
  const { sync } = useClient()
  return useReading(sync.subscribe, statusOf, sync)
}

const statusOf = (sync: Client['sync']) => sync.status

/** What `read` gives for these arguments: the same object until something has changed. */
function useReading<Args extends readonly unknown[], T>(
  subscribe: (listener: () => void) => () => void,
  read: (...args: Args) => T,
  ...args: Args
): T {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the arguments are the dependencies, one by one.
  const source = useMemo(() => createSource(subscribe, () => read(...args)), [subscribe, read, ...args])
  return useSyncExternalStore(source.subscribe, source.get, source.get)
}

function createSource<T>(subscribe: (listener: () => void) => () => void, read: () => T) {
  let kept: { readonly value: T } | undefined
  return {
    get(): T {
      kept ??= { value: read() }
      return kept.value
    },
    subscribe(listener: () => void) {
      // What has changed between reading and this.
      kept = undefined
      return subscribe(() => {
        kept = undefined
        listener()
      })
    },
  }
}
