// A person's account beside the credentials: devices, keys, and what the server may do.
import {
  CodedError,
  keysRequestSchema,
  listQuerySchema,
  renameDeviceRequestSchema,
  usesRequestSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Accounts } from '../accounts/accounts.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { pageOf } from './page.ts'
import { validated } from './validate.ts'

const deviceParamSchema = z.object({ id: z.uuid() })

/** `GET|PUT|DELETE /devices`, `GET|PUT /keys`, `GET|PUT /privacy`. */
export function createAccountRoutes({ accounts }: { readonly accounts: Accounts }): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const { devices, uses } = accounts
  routes.use(async (c, next) => {
    await next()
    c.header('Cache-Control', 'private, no-store')
  })
  routes.get('/devices', validated('query', listQuerySchema), async c => {
    const { id, sessionId } = c.var.person
    const items = await devices.list(id, sessionId)
    return c.json(pageOf(items, c.req.valid('query'), device => device.id))
  })
  routes.put(
    '/devices/:id',
    validated('param', deviceParamSchema),
    validated('json', renameDeviceRequestSchema),
    async c => {
      const ref = { personId: c.var.person.id, deviceId: c.req.valid('param').id }
      await devices.rename(ref, c.req.valid('json').name)
      return c.body(null, 204)
    },
  )
  routes.delete('/devices/:id', validated('param', deviceParamSchema), async c => {
    await devices.remove({ personId: c.var.person.id, deviceId: c.req.valid('param').id })
    return c.body(null, 204)
  })
  routes.get('/keys', async c => c.json(await accounts.keys(c.var.person.id)))
  routes.put('/keys', validated('json', keysRequestSchema), async c => {
    await accounts.replaceKeys(c.var.person.id, c.req.valid('json'))
    return c.body(null, 204)
  })
  routes.get('/privacy', async c => c.json(await uses.describe(c.var.person.id)))
  routes.put('/privacy', validated('json', usesRequestSchema), async c => {
    const { uses: changes, modes } = c.req.valid('json')
    if (modes !== undefined) throw new CodedError('device-required')
    return c.json(await uses.change(c.var.person.id, changes))
  })
  return routes
}
