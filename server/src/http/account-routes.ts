// A person's account beside the credentials: devices, keys, and what the server may do.
import {
  CodedError,
  deviceDescriptionSchema,
  keysRequestSchema,
  keysResponseSchema,
  listQuerySchema,
  privacyResponseSchema,
  renameDeviceRequestSchema,
  usesRequestSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { Accounts } from '../accounts/accounts.ts'
import * as answers from './answer-schemas.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_DEVICE, EXAMPLE_NEW_KEYS, EXAMPLE_SIGN_IN_KEYS, EXAMPLE_USES } from './examples.ts'
import { pageOf } from './page.ts'
import { validated } from './validate.ts'

const deviceParamSchema = z.object({ id: z.uuid() })

const DEVICE = {
  ...EXAMPLE_DEVICE,
  addedOn: '2026-01-07',
  lastSeenOn: '2026-03-01',
  active: true,
  current: true,
}
const PRIVACY = { uses: EXAMPLE_USES, modes: { votes: 'open', notes: 'sealed' }, history: [] }

const operations = {
  devices: documented({
    summary: 'List the devices that I have signed in on',
    who: 'person',
    answer: {
      schema: answers.pageOf(deviceDescriptionSchema),
      example: { items: [DEVICE], nextCursor: null },
    },
    example: { query: { limit: 20 } },
  }),
  rename: documented({
    summary: 'Give a device of mine another name',
    who: 'person',
    answer: { status: 204 },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_DEVICE.id }, body: { name: 'Living room' } },
  }),
  remove: documented({
    summary: 'Sign a device of mine out',
    who: 'person',
    answer: { status: 204 },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_DEVICE.id } },
  }),
  keys: documented({
    summary: 'Get the keys of my account, sealed',
    who: 'person',
    answer: {
      schema: keysResponseSchema,
      example: { ...EXAMPLE_SIGN_IN_KEYS, recoveryBundle: EXAMPLE_NEW_KEYS.recoveryBundle },
    },
    codes: ['not-found'],
  }),
  replaceKeys: documented({
    summary: 'Replace the keys of my account',
    who: 'person',
    answer: { status: 204 },
    codes: ['record-conflict', 'record-refused'],
    example: { body: { expectedNumber: 0, ...EXAMPLE_NEW_KEYS } },
  }),
  privacy: documented({
    summary: 'Get what the server may do, and all that I ever agreed to',
    who: 'person',
    answer: { schema: privacyResponseSchema, example: PRIVACY },
  }),
  changeUses: documented({
    summary: 'Change what the server may do',
    description: 'What is left out stays. Modes of documents change from devices only.',
    who: 'person',
    answer: { schema: privacyResponseSchema, example: PRIVACY },
    codes: ['device-required'],
    example: { body: { uses: { recommendations: 'device', communitySharing: true } } },
  }),
}

/** `GET|PUT|DELETE /devices`, `GET|PUT /keys`, `GET|PUT /privacy`. */
export function createAccountRoutes({ accounts }: { readonly accounts: Accounts }): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const { devices, uses } = accounts
  routes.use(async (c, next) => {
    await next()
    c.header('Cache-Control', 'private, no-store')
  })
  routes.get('/devices', operations.devices, validated('query', listQuerySchema), async c => {
    const { id, sessionId } = c.var.person
    const items = await devices.list(id, sessionId)
    return c.json(pageOf(items, c.req.valid('query'), device => device.id))
  })
  routes.put(
    '/devices/:id',
    operations.rename,
    validated('param', deviceParamSchema),
    validated('json', renameDeviceRequestSchema),
    async c => {
      const ref = { personId: c.var.person.id, deviceId: c.req.valid('param').id }
      await devices.rename(ref, c.req.valid('json').name)
      return c.body(null, 204)
    },
  )
  routes.delete('/devices/:id', operations.remove, validated('param', deviceParamSchema), async c => {
    await devices.remove({ personId: c.var.person.id, deviceId: c.req.valid('param').id })
    return c.body(null, 204)
  })
  routes.get('/keys', operations.keys, async c => c.json(await accounts.keys(c.var.person.id)))
  routes.put('/keys', operations.replaceKeys, validated('json', keysRequestSchema), async c => {
    await accounts.replaceKeys(c.var.person.id, c.req.valid('json'))
    return c.body(null, 204)
  })
  routes.get('/privacy', operations.privacy, async c => c.json(await uses.describe(c.var.person.id)))
  routes.put('/privacy', operations.changeUses, validated('json', usesRequestSchema), async c => {
    const { uses: changes, modes } = c.req.valid('json')
    if (modes !== undefined) throw new CodedError('device-required')
    return c.json(await uses.change(c.var.person.id, changes))
  })
  return routes
}
