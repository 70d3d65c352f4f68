// Which network address a request counts under. It is never stored, and never logged.
import type { IncomingMessage } from 'node:http'
import { isIP, isIPv6 } from 'node:net'

/** Of a request, what tells where it is from. */
export type RequestOrigin = Pick<IncomingMessage, 'headers'> & {
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/**
 * The address that a request comes from, an IPv6 one as its /64: one customer has at least that. Behind a proxy
 * (`trustProxy`) it is the last one of `X-Forwarded-For`, which is what the proxy itself saw; the others are what anybody
 * may have sent.
 */
export function networkAddress({ headers, socket }: RequestOrigin, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastOf(headers['x-forwarded-for']) : undefined
  return toNetwork(forwarded ?? socket.remoteAddress ?? '')
}

/** `undefined` for what is no address, such as the word of a proxy that hides it. */
function lastOf(header: string | string[] | undefined): string | undefined {
  const last = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  return last && isIP(last) ? last : undefined
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const GROUPS = 8
const GROUPS_OF_NETWORK = 4

function toNetwork(address: string): string {
  const bare = address.replace(/%.*$/, '')
  const [, ipv4] = MAPPED_IPV4.exec(bare) ?? []
  if (ipv4) return ipv4
  if (!isIPv6(bare)) return bare
  // URL writes every IPv6 address in one form, with hexadecimal groups only.
  const [head = '', tail] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::')
  const groupsOf = (part: string | undefined) => (part ? part.split(':') : [])
  const [before, after] = [groupsOf(head), groupsOf(tail)]
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].slice(0, GROUPS_OF_NETWORK).join(':')
}
