// The one place that names scripts to the browser, under its rule of trusted types.

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string }
}

const OWN = /^\/[\w.-]+\.js$/
const own = (url: string) => {
  if (!OWN.test(url)) throw new TypeError('Scripts are of this site.')
  return url
}
const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
const policy = trustedTypes?.createPolicy('workforce-democracy-app', { createScriptURL: own })

/** A script of this site as the browser takes it. */
export const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? own(url)
