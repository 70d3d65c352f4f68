// Opens the person's data in this browser.
import { type BrowserClient, openClient } from '@workforce-democracy/client/browser'

/** Opens it; everything that this page does goes through what it gives. */
export const openHere = (): Promise<BrowserClient> =>
  openClient({ server: location.origin, workerUrl: '/wd-worker.js' })
