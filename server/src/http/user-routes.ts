// What the server holds about a person, in full.
import { OPENABLE_DOCUMENTS, toEntry } from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import type { Pool } from '../db/database.ts'
import { listDocuments } from '../db/documents.ts'
import type { OpenState } from '../projection/open-state.ts'
import type { AuthenticatedEnv } from './authenticate.ts'

interface UserServices {
  readonly pool: Pool
  readonly accounts: Accounts
  readonly openState: OpenState
  readonly nowMs: () => number
}

/** `GET /data-export`. */
export function createUserRoutes({ pool, accounts, openState, nowMs }: UserServices): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  routes.get('/data-export', async c => {
    const personId = c.var.person.id
    const [account, documents, states] = await Promise.all([
      accounts.describe(personId),
      listDocuments(pool, personId),
      openState.readAll(personId),
    ])
    const registers = Object.fromEntries(
      OPENABLE_DOCUMENTS.map(document => [document, [...(states[document]?.values() ?? [])].map(toEntry)]),
    )
    c.header('Cache-Control', 'private, no-store')
    c.header('Content-Disposition', 'attachment; filename="workforce-democracy-data.json"')
    return c.json({ version: 1, madeAt: new Date(nowMs()).toISOString(), account, documents, registers })
  })
  return routes
}
