// A page with the store of browsers on it, and the contract that each store is held to.
import { connect } from '../../../client-sdk/src/store/indexeddb-connection.ts'
import { createIndexedDbStore } from '../../../client-sdk/src/store/indexeddb-store.ts'
import { runStoreContract } from '../../../client-sdk/src/store/store-contract.ts'

const bodyByName = new Map<string, () => Promise<void>>()
let places = 0
runStoreContract({
  test: (name, body) => void bodyByName.set(name, body),
  createPlace: async () => {
    const name = `contract-${places++}`
    return () => createIndexedDbStore({ name })
  },
})

const onPage = {
  connect,
  createIndexedDbStore,
  /** Runs one test of the contract. */
  runContract: async (name: string) => {
    const body = bodyByName.get(name)
    if (!body) throw new Error(`No such test: ${name}`)
    await body()
  },
  /** The code that `action` fails with, `none` when it succeeds. */
  codeOf: (action: () => Promise<unknown>): Promise<string> =>
    action().then(
      () => 'none',
      (error: { code?: string }) => error.code ?? String(error),
    ),
}

declare global {
  interface Window {
    store: typeof onPage
  }
}
window.store = onPage
