// Writes that are done once, however often they are sent: the header `Idempotency-Key`.
import { CodedError, idempotencyKeySchema } from '@workforce-democracy/shared'
import { createMiddleware } from 'hono/factory'
import type { NamedWrite } from '../db/idempotency-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { AuthenticatedEnv } from './authenticate.ts'

/** What handlers behind {@link writeOnce} find in `c.var`. */
export interface WriteOnceEnv {
  Variables: AuthenticatedEnv['Variables'] & { once: NamedWrite | undefined }
}

/** Reads the name that a request gives to its write, if any. */
export const writeOnce = ({ lookup }: { readonly lookup: Lookup }) =>
  createMiddleware<WriteOnceEnv>(async (c, next) => {
    const given = c.req.header('Idempotency-Key')
    const key = idempotencyKeySchema.safeParse(given)
    if (given !== undefined && !key.success) throw new CodedError('invalid-input')
    c.set(
      'once',
      key.success
        ? {
            keyHash: lookup.hash('idempotency-key', c.var.person.id, key.data),
            requestHash: lookup.hash('idempotent-request', c.req.method, c.req.path, await c.req.text()),
          }
        : undefined,
    )
    await next()
  })
