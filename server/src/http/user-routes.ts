// What the server holds about a person, in full, and the end of it.
import {
  deleteAccountRequestSchema,
  OPENABLE_DOCUMENTS,
  storedResponseSchema,
  toEntry,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import type { Erasure } from '../accounts/erasure.ts'
import type { StoredData } from '../accounts/stored-data.ts'
import { toSubmission } from '../catalog/local-view.ts'
import { asPerson } from '../db/as-person.ts'
import type { Pool } from '../db/database.ts'
import { listDocuments } from '../db/documents.ts'
import { readLocalResources } from '../db/local-resources.ts'
import type { LocalPeople } from '../local/local-people.ts'
import type { OpenState } from '../projection/open-state.ts'
import { dataExportSchema } from './answer-schemas.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { callerOf } from './caller.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PASSWORD } from './examples.ts'
import { validated } from './validate.ts'

interface UserServices {
  readonly pool: Pool
  readonly accounts: Accounts
  readonly erasure: Erasure
  readonly storedData: StoredData
  readonly openState: OpenState
  readonly localPeople: LocalPeople
  readonly config: { readonly trustProxy: boolean }
  readonly nowMs: () => number
}

/** `GET /data-export`, `GET /stored`, `DELETE /account`. */
export function createUserRoutes(services: UserServices): Hono<AuthenticatedEnv> {
  const { pool, accounts, erasure, storedData, openState, localPeople, config, nowMs } = services
  const routes = new Hono<AuthenticatedEnv>()
  const exporting = documented({
    summary: 'Get all that the server holds about me',
    description: 'A file. What is sealed is not in it: the server cannot read that, devices export it.',
    who: 'person',
    answer: { schema: dataExportSchema },
  })
  routes.get('/data-export', exporting, async c => {
    const personId = c.var.person.id
    const [account, documents, states, submitted, ratings] = await Promise.all([
      accounts.describe(personId),
      asPerson(pool, personId, db => listDocuments(db, personId)),
      openState.readAll(personId),
      localPeople.submitted(personId).then(ids => readLocalResources(pool, ids)),
      localPeople.ratings(personId),
    ])
    const registers = Object.fromEntries(
      OPENABLE_DOCUMENTS.map(document => [document, [...(states[document]?.values() ?? [])].map(toEntry)]),
    )
    c.header('Cache-Control', 'private, no-store')
    c.header('Content-Disposition', 'attachment; filename="workforce-democracy-data.json"')
    const local = { submissions: submitted.map(toSubmission), ratings }
    return c.json({
      version: 1,
      madeAt: new Date(nowMs()).toISOString(),
      account,
      documents,
      registers,
      local,
    })
  })
  const storing = documented({
    summary: 'See every row that is stored about me, as it is stored',
    description: 'What the server can read it shows; of what is sealed it can say the sizes only.',
    who: 'person',
    answer: { schema: storedResponseSchema },
  })
  routes.get('/stored', storing, async c => {
    c.header('Cache-Control', 'private, no-store')
    return c.json(await storedData.describe(c.var.person.id))
  })
  const deleting = documented({
    summary: 'Delete my account and all that the server holds about me',
    description: 'Nothing of it can be opened any more when this answers, nor in any copy.',
    who: 'person',
    answer: { status: 204 },
    codes: ['wrong-credentials'],
    example: { body: { password: EXAMPLE_PASSWORD } },
  })
  routes.delete('/account', deleting, validated('json', deleteAccountRequestSchema), async c => {
    const caller = callerOf(c, config.trustProxy)
    await erasure.erase(c.var.person.id, c.req.valid('json').password, caller)
    return c.body(null, 204)
  })
  return routes
}
