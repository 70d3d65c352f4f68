// Where the files that the SDK loads lie: beside the script that it is in. And leave to load them under Trusted Types.

/** Set while a classic script runs for the first time, and never in a module. */
const classicScript = typeof document === 'undefined' ? null : document.currentScript
const classicUrl = classicScript instanceof HTMLScriptElement ? classicScript.src : ''

/** The worker's URL, where the page names no other. */
export function defaultWorkerUrl(): string {
  if (classicUrl) return new URL('wd-worker.js', classicUrl).href
  // Written out, since bundlers look for this form.
  return new URL('./wd-worker.js', import.meta.url).href
}

/** The name of the SDK's policy, for pages whose `trusted-types` directive names those that it allows. */
const POLICY = 'workforce-democracy'

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptUrlPolicy
}
interface ScriptUrlPolicy {
  createScriptURL(url: string): string
}

let policy: ScriptUrlPolicy | undefined

/** `url` as a page takes it that requires Trusted Types. */
export function trustedScriptUrl(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  if (!trustedTypes) return url
  // One for the page: a name can be taken only once where the page says which there may be.
  policy ??= trustedTypes.createPolicy(POLICY, { createScriptURL: each => each })
  return policy.createScriptURL(url)
}
