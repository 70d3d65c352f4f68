// Who is an admin, and which accounts are suspended: said on the command line, and nowhere else.
import { CodedError } from '@workforce-democracy/shared'
import { updateAccountStatus } from '../db/accounts.ts'
import { recordAdminAction } from '../db/admin-audit.ts'
import { deleteAdmin, insertAdmin, isAdmin, listAdmins } from '../db/admins.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { deleteSessions } from '../db/sessions.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import { openNames } from './account-names.ts'
import { cipherOf, findByName } from './account-services.ts'
import { isoDate } from './iso-date.ts'
import { parseLoginName } from './login-name.ts'

/** An admin, for who runs the server. */
export interface Admin {
  readonly id: string
  /** Address or username. */
  readonly name: string
  /** ISO 8601 date. */
  readonly grantedOn: string
}

/** Gives the role and takes it away (SPEC O1), which is in the audit log; suspends accounts, which is not: it is about a person. */
export interface Admins {
  /** Returns whether the account had no role before. @throws CodedError `not-found` */
  grant(login: string): Promise<boolean>
  /** Returns whether the account had the role. @throws CodedError `not-found` */
  revoke(login: string): Promise<boolean>
  list(): Promise<readonly Admin[]>
  /** Ends all sessions of an account, and lets nobody sign in to it. Returns whether it was active. @throws CodedError `not-found` */
  suspend(login: string): Promise<boolean>
  /** Takes that back. Returns whether it was suspended. @throws CodedError `not-found` */
  restore(login: string): Promise<boolean>
}

/** Makes what looks after the role. */
export function createAdmins(services: {
  readonly pool: Pool
  readonly lookup: Lookup
  readonly dataKeys: DataKeys
  readonly nowMs: () => number
}): Admins {
  const { pool, nowMs } = services
  const idOf = async (login: string): Promise<string> => {
    const row = await findByName(services, parseLoginName(login))
    if (!row) throw new CodedError('not-found', 'No account has this name.')
    return row.id
  }
  const role = (adminId: string, action: 'role-grant' | 'role-revoke') => ({
    ...{ adminId, action, subject: 'role/admin' },
    detail: { by: 'command-line' },
  })
  return {
    async grant(login) {
      const id = await idOf(login)
      return inTransaction(pool, async db => {
        const granted = await insertAdmin(db, id, isoDate(nowMs()))
        if (granted) await recordAdminAction(db, role(id, 'role-grant'))
        return granted
      })
    },
    async revoke(login) {
      const id = await idOf(login)
      return inTransaction(pool, async db => {
        if (!(await isAdmin(db, id))) return false
        await recordAdminAction(db, role(id, 'role-revoke'))
        await deleteAdmin(db, id)
        return true
      })
    },
    async suspend(login) {
      const id = await idOf(login)
      return inTransaction(pool, async db => {
        const suspended = await updateAccountStatus(db, id, 'suspended')
        await deleteSessions(db, id)
        return suspended
      })
    },
    async restore(login) {
      return updateAccountStatus(pool, await idOf(login), 'active')
    },
    async list() {
      const admins: Admin[] = []
      for (const { personId, account, grantedOn } of await listAdmins(pool)) {
        const { email, username } = openNames(await cipherOf(services, personId), personId, account)
        admins.push({ id: personId, name: email ?? username ?? '', grantedOn })
      }
      return admins
    },
  }
}
