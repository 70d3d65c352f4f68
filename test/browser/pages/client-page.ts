// A page with the SDK on it.
import * as sdk from '@workforce-democracy/client/browser'

declare global {
  interface Window {
    sdk: typeof sdk
    client: sdk.BrowserClient
  }
}
window.sdk = sdk
