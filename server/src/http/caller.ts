// Where a request is from, for what is counted by network address.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Caller } from '../accounts/attempts.ts'
import { networkAddress } from '../network-address.ts'

/** The caller of a request; nobody where it came through no socket. */
export function callerOf(c: Context, trustProxy: boolean): Caller | undefined {
  // Without a server around the app there are no bindings.
  const incoming = (c.env as Partial<HttpBindings> | undefined)?.incoming
  return incoming && { address: networkAddress(incoming, trustProxy) }
}
