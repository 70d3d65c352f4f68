// Opens the person's data in this browser.
import { type Client, openClient } from '@workforce-democracy/client'
import { createIndexedDbStore } from '../../src/store/indexeddb-store.ts'

const NAME = 'workforce-democracy'
const SECRET = 'store-secret'

/** Opens it; everything that this page does goes through what it gives. */
export function openHere(): Promise<Client> {
  return openClient({
    storage: createIndexedDbStore({ name: NAME }),
    storeSecret: storeSecret(),
    server: location.origin,
  })
}

function storeSecret(): Uint8Array {
  const kept = localStorage.getItem(SECRET)
  const secret = kept ?? btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
  if (!kept) localStorage.setItem(SECRET, secret)
  return Uint8Array.from(atob(secret), character => character.charCodeAt(0))
}
