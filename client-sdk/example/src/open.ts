// Opens the person's data in this browser.
import { openClient, type TabClient } from '@workforce-democracy/client/browser'

/** Opens it; everything that this page does goes through what it gives. */
export const openHere = (): Promise<TabClient> =>
  openClient({ server: location.origin, workerUrl: '/wd-worker.js' })
