// What somebody who knew the password, or read the old mailbox, may have begun: none of it outlasts its end.
import { randomBytes } from 'node:crypto'
import { errorCode } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Mail, MailContent } from '../../server/src/mail/outbox.ts'
import { createTestAccounts, type TestAccounts } from '../support/accounts.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'correct horse battery'
const NEW_PASSWORD = 'another horse entirely'

let t: TestAccounts
const mails: Mail[] = []
/** Which transaction wrote each. */
const transactionByMail = new Map<Mail, string>()

beforeAll(async () => {
  t = await createTestAccounts({
    outbox: {
      async add(db, mail) {
        const { rows } = await db.query<{ id: string }>('select pg_current_xact_id()::text as id')
        transactionByMail.set(mail, rows[0]?.id ?? '')
        mails.push(mail)
      },
    },
  })
})
afterAll(() => t[Symbol.asyncDispose]())

const newEmail = () => `tilda.${randomBytes(6).toString('hex')}@example.org`
const codeOf = (work: Promise<unknown>) => work.then(() => 'ok', errorCode)
const login = (email: string, password: string) => t.accounts.login({ login: email, password })

/** The token of the last mail of a kind to an address, once it is sent: a mail leaves when its transaction commits. */
async function tokenTo(to: string, kind: MailContent['kind']): Promise<string> {
  const mail = await until(() => mails.findLast(mail => mail.to === to && mail.content.kind === kind))
  const { content } = mail
  await until(async () => {
    const { rows } = await t.pool.query('select pg_xact_status($1::xid8) as status', [
      transactionByMail.get(mail),
    ])
    return rows[0].status === 'committed'
  })
  return 'token' in content ? content.token : ''
}

async function verifiedAccount() {
  const email = newEmail()
  const session = await t.accounts.register({ email, password: PASSWORD })
  await t.accounts.addresses.verify(await tokenTo(email, 'verify-email'))
  const { holder } = await holderOf(session.accessToken)
  return { email, personId: session.user.id, session: holder }
}

async function holderOf(accessToken: string) {
  const holder = await t.accounts.authenticate(accessToken)
  if (!holder) throw new Error('The session is not live.')
  return { holder }
}

async function resetTokenFor(email: string): Promise<string> {
  await t.accounts.addresses.forgot(email)
  return tokenTo(email, 'reset-password')
}

const reset = (token: string) => t.accounts.passwords.reset({ token, newPassword: NEW_PASSWORD })

const ACCOUNT = 'select from users where id = $1 for update'
const TOKENS = 'select from mail_tokens where person_id = $1 for update'

/** Lets a reset come in between: it is first in the row for what is locked, `work` second, and only then they go on. */
async function overtakenByReset<T>(
  email: string,
  personId: string,
  work: () => Promise<T>,
  lock = ACCOUNT,
): Promise<string> {
  const token = await resetTokenFor(email)
  const client = await t.pool.connect()
  try {
    await client.query('begin')
    await client.query(lock, [personId])
    const resetting = codeOf(reset(token))
    await until(async () => (await waiting()) === 1)
    const working = codeOf(work())
    await until(async () => (await waiting()) === 2)
    await client.query('commit')
    expect(await resetting).toBe('ok')
    return await working
  } finally {
    client.release()
  }
}

/** Who waits for a lock. Asked outside of a transaction, which would see the same answer for ever. */
async function waiting(): Promise<number> {
  const { rows } = await t.pool.query(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0].n
}

async function liveSessions(personId: string): Promise<number> {
  const { rows } = await t.pool.query('select count(*)::int as n from sessions where person_id = $1', [
    personId,
  ])
  return rows[0].n
}

describe('a reset', () => {
  test('[A20] ends a sign-in with the old password that was already under way', async () => {
    const { email, personId } = await verifiedAccount()
    expect(await overtakenByReset(email, personId, () => login(email, PASSWORD))).toBe('wrong-credentials')
    expect(await liveSessions(personId)).toBe(0)
    expect(await codeOf(login(email, NEW_PASSWORD))).toBe('ok')
  })

  test('[A17] ends a change of the old password that was already under way', async () => {
    const { email, personId, session } = await verifiedAccount()
    const change = () =>
      t.accounts.passwords.change(session, { password: PASSWORD, newPassword: 'a thief would like this' })
    expect(await overtakenByReset(email, personId, change)).toBe('wrong-credentials')
    expect(await liveSessions(personId)).toBe(0)
    expect(await codeOf(login(email, NEW_PASSWORD))).toBe('ok')
  })

  test('[A30] ends a deletion with the old password that was already under way', async () => {
    const { email, personId } = await verifiedAccount()
    const erase = () => t.erasure.erase(personId, PASSWORD)
    expect(await overtakenByReset(email, personId, erase)).toBe('wrong-credentials')
    expect(await codeOf(login(email, NEW_PASSWORD))).toBe('ok')
  })

  test('[A17] and a change at once do not wait for each other for ever', async () => {
    const { email, personId, session } = await verifiedAccount()
    const change = () =>
      t.accounts.passwords.change(session, { password: PASSWORD, newPassword: 'a thief would like this' })
    expect(await overtakenByReset(email, personId, change, TOKENS)).toBe('wrong-credentials')
    expect(await codeOf(login(email, NEW_PASSWORD))).toBe('ok')
  })

  test('[A21] ends a change of address that was asked for under the old password', async () => {
    const { email, personId } = await verifiedAccount()
    const elsewhere = newEmail()
    await t.accounts.addresses.change(personId, { password: PASSWORD, email: elsewhere })
    const token = await tokenTo(elsewhere, 'verify-email')
    await reset(await resetTokenFor(email))
    expect(await codeOf(t.accounts.addresses.verify(token))).toBe('invalid-token')
    expect(await codeOf(login(elsewhere, NEW_PASSWORD))).toBe('wrong-credentials')
  })
})

describe('a changed password', () => {
  test('[A21] ends a change of address that was asked for under the old one', async () => {
    const { personId, session } = await verifiedAccount()
    const elsewhere = newEmail()
    await t.accounts.addresses.change(personId, { password: PASSWORD, email: elsewhere })
    const token = await tokenTo(elsewhere, 'verify-email')
    await t.accounts.passwords.change(session, { password: PASSWORD, newPassword: NEW_PASSWORD })
    expect(await codeOf(t.accounts.addresses.verify(token))).toBe('invalid-token')
  })

  test('[A17] goes on with a session of the same device', async () => {
    const email = newEmail()
    const device = { id: '0197f3c5-0000-7000-8000-00000000000a', name: 'Kitchen' }
    const first = await t.accounts.register({ email, password: PASSWORD, device })
    const { holder } = await holderOf(first.accessToken)
    await t.accounts.passwords.change(holder, { password: PASSWORD, newPassword: NEW_PASSWORD })
    const { rows } = await t.pool.query('select device_id from sessions where person_id = $1', [
      first.user.id,
    ])
    expect(rows).toEqual([{ device_id: device.id }])
  })
})

describe('a changed address', () => {
  test('[A23] leaves nothing good that the old one was sent', async () => {
    const { email, personId } = await verifiedAccount()
    const resetToken = await resetTokenFor(email)
    const next = newEmail()
    await t.accounts.addresses.change(personId, { password: PASSWORD, email: next })
    await t.accounts.addresses.verify(await tokenTo(next, 'verify-email'))
    expect(await codeOf(reset(resetToken))).toBe('invalid-token')
    expect(await codeOf(login(next, PASSWORD))).toBe('ok')
    expect(await codeOf(login(email, PASSWORD))).toBe('wrong-credentials')
  })

  test('[A11] to one that is taken tells nobody: the old address gets the same notice', async () => {
    const [one, other] = [await verifiedAccount(), await verifiedAccount()]
    const before = mails.length
    await t.accounts.addresses.change(one.personId, { password: PASSWORD, email: other.email })
    expect(mails.slice(before)).toMatchObject([{ to: one.email, content: { kind: 'email-changing' } }])
    await t.accounts.addresses.change(one.personId, { password: PASSWORD, email: newEmail() })
    expect(mails.slice(before + 1, before + 2)).toEqual(mails.slice(before, before + 1))
  })

  test('[A23] to the one it has sends the mail again that asks whose it is', async () => {
    const email = newEmail()
    const { user } = await t.accounts.register({ email, password: PASSWORD })
    const first = await tokenTo(email, 'verify-email')
    await t.accounts.addresses.change(user.id, { password: PASSWORD, email })
    expect(await tokenTo(email, 'verify-email')).not.toBe(first)
    await t.accounts.addresses.verify(await tokenTo(email, 'verify-email'))
    expect((await t.accounts.describe(user.id)).emailVerified).toBe(true)
  })
})

test('[A19] signing up with a record that nobody has signed leaves no data key behind', async () => {
  const count = async () =>
    (await t.keysPool.query(`select count(*)::int as n from data_keys where document = 'account'`)).rows[0].n
  const before = await count()
  const text = (bytes: number) => 'A'.repeat(Math.ceil((bytes * 4) / 3))
  const keys = {
    record: { body: text(60), signature: text(64) },
    bundle: text(60),
    recoveryBundle: text(60),
    recoverySecret: text(32),
  }
  expect(await codeOf(t.accounts.register({ email: newEmail(), password: PASSWORD, keys }))).toBe(
    'record-refused',
  )
  expect(await count()).toBe(before)
})
