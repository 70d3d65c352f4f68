// Clients, stores that fail, and temporary directories for the tests of the SDK.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Batch,
  type Client,
  type ClientOptions,
  createMemoryStore,
  openClient,
  type Store,
} from '@workforce-democracy/client/node'
import { CodedError, errorCode } from '@workforce-democracy/shared'

/** A store secret costs nothing to derive from; only tests of passphrases pay for Argon2id. */
export const STORE_SECRET = new Uint8Array(32).fill(7)

/** A client in memory unless told otherwise. */
export function openTestClient(
  options: Partial<Omit<ClientOptions, 'passphrase' | 'storeSecret'>> = {},
): Promise<Client> {
  return openClient({ storage: createMemoryStore(), storeSecret: STORE_SECRET, ...options })
}

/** A directory that goes away with the test. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { at(name: string): string }> {
  const directory = await mkdtemp(join(tmpdir(), 'wd-client-'))
  return {
    at: name => join(directory, name),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** A store whose commits can be held up and made to fail. */
export function faultyStore(inner: Store = createMemoryStore()) {
  const batches: Batch[] = []
  let failing = false
  let held: Promise<void> | undefined
  const store: Store = {
    open: () => inner.open(),
    readAll: () => inner.readAll(),
    close: () => inner.close(),
    destroy: () => inner.destroy(),
    async commit(batch) {
      await held
      if (failing) throw new Error('no space left on device')
      batches.push(batch)
      await inner.commit(batch)
    },
  }
  return {
    store,
    /** What was committed, in order. */
    batches,
    fail: (on: boolean) => {
      failing = on
    },
    /** Commits wait until the returned function is called. */
    hold: () => {
      let release = () => {}
      held = new Promise(resolve => {
        release = resolve
      })
      return () => {
        held = undefined
        release()
      }
    },
  }
}

/** The code that `action` fails with, `none` when it succeeds. */
export async function codeOf(action: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof action === 'function' ? action() : action)
    return 'none'
  } catch (error) {
    return error instanceof CodedError ? errorCode(error) : String(error)
  }
}

/** The registers of all documents as text, for comparing two clients. */
export function everything(client: Client, documents: readonly Parameters<Client['state']>[0][]): string {
  return JSON.stringify(
    documents.map(name => [...client.state(name).values()].sort((a, b) => (a.key < b.key ? -1 : 1))),
  )
}
