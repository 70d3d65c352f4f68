// The keys of an account through the verbs of the SDK, on a real server.
import { createMemoryStore } from '@workforce-democracy/client/node'
import { describe, expect, it, vi } from 'vitest'
import { derivePasswordKeys } from '../../client-sdk/src/keys/password-keys.ts'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { until } from '../support/until.ts'
import { AccountStories, NEW, NEXT, OLD } from './account-stories.ts'
import { codeOf } from './clients.ts'

vi.mock(import('../../client-sdk/src/keys/argon2id.ts'), async original => ({
  ...(await original()),
  argon2id: (await import('./quick-argon2.ts')).quickArgon2id,
}))

const s = AccountStories.use()

describe('signing up and in', () => {
  it('[K1] [K4] [K6] makes record 1 of one device, bundles, and a recovery code that is sent to nobody', async () => {
    await using one = await s.ada()
    expect(await s.recordNow()).toMatchObject({ number: 1, epoch: 0 })
    expect((await s.recordNow()).devices).toHaveLength(1)
    expect(one.client.account.keys).toEqual({ state: 'ready', rotationNeeded: false })
    expect(one.recoveryCode).toMatch(/^([0-9A-Z]{4}-){8}[0-9A-Z]{4}$/)
    const sent = JSON.stringify(s.between.requests)
    expect(sent).not.toContain(one.recoveryCode)
    expect(sent).not.toContain(one.recoveryCode.replaceAll('-', ''))
  })

  it('[K10] a second device joins the record, which every device opens its key from', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    await s.login(two)
    expect(await s.recordNow()).toMatchObject({ number: 2, epoch: 0 })
    expect(await s.deviceIds()).toHaveLength(2)
    await s.login(two)
    expect((await s.recordNow()).number).toBe(2)
    expect(one.client.account.keys.state).toBe('ready')
    expect(two.account.keys.state).toBe('ready')
  })

  it('[K10] devices that sign in at the same moment all end up in the record', async () => {
    await using one = await s.ada()
    const others = await Promise.all(Array.from({ length: 4 }, () => s.open()))
    await Promise.all(others.map(each => s.login(each)))
    expect((await s.recordNow()).number).toBe(5)
    expect(await s.deviceIds()).toHaveLength(5)
    await Promise.all(others.map(each => each.close()))
    expect(one.client.account.keys.state).toBe('ready')
  })

  it('[K10] a device whose joining was answered by silence is in the record once', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    s.between.loseAnswerTo = '/api/user/keys'
    await s.login(two)
    expect((await s.recordNow()).number).toBe(2)
    expect(one.client.account.keys.state).toBe('ready')
  })

  it('a lost answer to signing up leaves an account with the recovery code that is shown', async () => {
    await using client = await s.open()
    s.between.loseAnswerTo = '/api/auth/register'
    const { recoveryCode } = await client.account.register({ username: s.name, password: OLD })
    await using other = await s.open()
    await other.account.recover({ login: s.name, recoveryCode, newPassword: NEW })
    expect(other.account.keys.state).toBe('ready')
  })

  it('[K10] what a device had written before it signed in stays, and is the account’s', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    await two.votes.cast('hr8-118', 'yes')
    await s.login(two)
    expect(two.votes.get('hr8-118')?.choice).toBe('yes')
    expect(one.client.account.current()).toEqual(two.account.current())
  })

  it('stays as it is across restarts, without network', async () => {
    const storage = createMemoryStore()
    const client = await s.open(storage)
    await client.account.register({ username: s.name, password: OLD })
    await client.close()
    s.between.isOnline = false
    await using again = await s.open(storage)
    expect(again.account.keys.state).toBe('ready')
  })
})

describe('a new password', () => {
  it('[K12] opens the keys, and the old one and the old code open none', async () => {
    await using one = await s.ada()
    const { recoveryCode } = await one.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(recoveryCode).not.toBe(one.recoveryCode)
    await using two = await s.open()
    expect(await codeOf(s.login(two))).toBe('wrong-credentials')
    await s.login(two, NEW)
    await using three = await s.open()
    const recovered = { login: s.name, recoveryCode: one.recoveryCode, newPassword: NEXT }
    expect(await codeOf(three.account.recover(recovered))).toBe('wrong-credentials')
    await three.account.recover({ ...recovered, recoveryCode })
    expect(three.account.keys.state).toBe('ready')
  })

  it('[K12] is refused with a wrong present one, which is not even sent', async () => {
    await using one = await s.ada()
    const change = one.client.account.changePassword({ password: NEXT, newPassword: NEW })
    expect(await codeOf(change)).toBe('wrong-credentials')
    expect(s.between.requests.map(({ path }) => path)).not.toContain('/api/auth/change-password')
    expect(await codeOf(one.client.account.changePassword({ password: OLD, newPassword: 'short' }))).toBe(
      'invalid-input',
    )
  })

  it('[K12] follows what another device has changed in between', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    s.between.before = { path: '/api/auth/change-password', run: async () => void (await s.login(two)) }
    await one.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect((await s.recordNow()).number).toBe(3)
    expect(await s.deviceIds()).toHaveLength(2)
  })

  it('[K13] is found to count when its answer was lost, with the recovery code that is returned', async () => {
    await using one = await s.ada()
    s.between.loseAnswerTo = '/api/auth/change-password'
    const { recoveryCode } = await one.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect((await s.recordNow()).number).toBe(2)
    await using two = await s.open()
    await s.login(two, NEW)
    await using three = await s.open()
    await three.account.recover({ login: s.name, recoveryCode, newPassword: NEXT })
  })

  it.each([
    ['the session of before lives', false],
    ['the session of before has ended', true],
  ])(
    '[K13] is made good by the same words again when the network went with the answer, and %s',
    async (_, ended) => {
      await using one = await s.ada()
      const sessions = await s.stored.keepSessions(s.name)
      s.between.cutAfter('/api/auth/change-password')
      const words = { password: OLD, newPassword: NEW }
      expect(await codeOf(one.client.account.changePassword(words))).toBe('offline')
      s.between.isOnline = true
      expect((await s.recordNow()).number).toBe(2)
      // It ends with the change. What if it had not?
      if (!ended) await sessions.bringBack()
      const { recoveryCode } = await one.client.account.changePassword(words)
      await using two = await s.open()
      await s.login(two, NEW)
      await using three = await s.open()
      await three.account.recover({ login: s.name, recoveryCode, newPassword: NEXT })
    },
  )

  it('of an account without keys gives it keys', async () => {
    const { loginSecret } = await derivePasswordKeys(await loadSodium(), OLD, await s.prelogin())
    await s.addPlain(loginSecret)
    await using client = await s.open()
    await s.login(client)
    expect(client.account.keys.state).toBe('none')
    expect(await codeOf(client.account.newRecoveryCode(OLD))).toBe('account-plain')
    await client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(client.account.keys.state).toBe('ready')
    expect(await s.recordNow()).toMatchObject({ number: 1 })
  })

  it('a new recovery code replaces the old one, also when its answer is lost', async () => {
    await using one = await s.ada()
    s.between.loseAnswerTo = '/api/user/keys'
    expect(await codeOf(one.client.account.newRecoveryCode(NEW))).toBe('offline')
    s.between.loseAnswerTo = undefined
    expect(await codeOf(one.client.account.newRecoveryCode(NEW))).toBe('wrong-credentials')
    const recoveryCode = await one.client.account.newRecoveryCode(OLD)
    await using two = await s.open()
    const old = { login: s.name, recoveryCode: one.recoveryCode, newPassword: NEW }
    expect(await codeOf(two.account.recover(old))).toBe('wrong-credentials')
    await two.account.recover({ ...old, recoveryCode })
  })
})

describe('adoption', () => {
  it('[K11] sends the typed password once, and gives the account keys and another password', async () => {
    await s.addPlain(OLD)
    await using client = await s.open()
    expect(await codeOf(s.login(client))).toBe('wrong-credentials')
    await client.account.logout()
    await using fresh = await s.open()
    const { user, recoveryCode } = await fresh.account.adopt({
      login: s.name,
      oldPassword: OLD,
      newPassword: NEW,
    })
    expect(user.username).toBe(s.name)
    expect(fresh.account.keys.state).toBe('ready')
    const sent = JSON.stringify(s.between.requests)
    expect(sent).toContain(OLD)
    expect(sent).not.toContain(NEW)
    await using two = await s.open()
    await s.login(two, NEW)
    await two.account.recover({ login: s.name, recoveryCode, newPassword: NEXT })
  })

  it('[K11] is refused where keys were used with this name or account, before anything is sent', async () => {
    const storage = createMemoryStore()
    const one = await s.open(storage)
    await one.account.register({ username: s.name, password: OLD })
    await one.account.logout()
    await one.close()
    await using again = await s.open(storage)
    s.between.requests.length = 0
    for (const name of [s.name, ' s.name-Example ', 'bo-example']) {
      const adoption = again.account.adopt({ login: name, oldPassword: OLD, newPassword: NEW })
      expect(await codeOf(adoption)).toBe('forbidden')
    }
    expect(s.between.requests).toEqual([])
  })

  it('[K13] works the second time when the answer of the first was lost for good', async () => {
    await s.addPlain(OLD)
    await using client = await s.open()
    const words = { login: s.name, oldPassword: OLD, newPassword: NEW }
    s.between.cutAfter('/api/auth/change-password')
    expect(await codeOf(client.account.adopt(words))).toBe('offline')
    s.between.isOnline = true
    const { recoveryCode } = await client.account.adopt(words)
    await using two = await s.open()
    await two.account.recover({ login: s.name, recoveryCode, newPassword: NEXT })
  })
})

describe('typed passwords', () => {
  it('[A2] [K11] leave in no flow but adoption', async () => {
    await using one = await s.ada()
    const { account } = one.client
    await using two = await s.open()
    await s.login(two)
    const lostId = (await s.deviceIds())[1]!
    await account.changePassword({ password: OLD, newPassword: NEW })
    await account.newRecoveryCode(NEW)
    const { recoveryCode } = await account.revokeDevice({ id: lostId, password: NEW, newPassword: NEXT })
    await codeOf(account.changeEmail({ password: NEXT, email: 'ada@example.org' }))
    await two.account.recover({ login: s.name, recoveryCode, newPassword: OLD })
    await two.account.resetPassword({ token: await s.resetToken(), login: s.name, newPassword: NEW })
    await s.login(two, NEW)
    await two.account.startNewIdentity(NEW)
    await two.account.delete(NEW)
    const sent = s.between.requests.map(({ body }) => body).join('\n')
    for (const password of [OLD, NEW, NEXT]) expect(sent).not.toContain(password)
    expect(sent).not.toContain(recoveryCode)
  })
})

describe('the end of an account', () => {
  it('[K17] leaves the data here, local, and free for another account', async () => {
    const storage = createMemoryStore()
    const client = await s.open(storage)
    await client.account.register({
      username: s.name,
      password: OLD,
      privacy: { civicEngagementTracking: true },
    })
    const [id] = await s.deviceIds()
    await client.votes.cast('hr8-118', 'yes')
    expect(await codeOf(client.account.delete(NEW))).toBe('wrong-credentials')
    await client.account.delete(OLD)
    expect(client.account.current()).toBeUndefined()
    expect(client.sync.status).toMatchObject({ state: 'problem', problem: 'account-deleted' })
    expect(client.votes.get('hr8-118')?.choice).toBe('yes')
    expect(client.privacy.get().votes).toBe('local')
    await client.account.register({ username: s.name, password: NEW })
    expect(client.sync.status.problem).toBeUndefined()
    expect(await s.deviceIds()).not.toEqual([id])
    await client.close()
  })

  it('[K17] is known to the other devices when they next ask', async () => {
    await using one = await s.ada()
    const storage = createMemoryStore()
    const two = await s.open(storage)
    await s.login(two)
    await two.votes.cast('hr8-118', 'yes')
    await two.close()
    await one.client.account.delete(OLD)
    await using again = await s.open(storage)
    await until(() => again.sync.status.problem === 'account-deleted')
    expect(again.votes.get('hr8-118')?.choice).toBe('yes')
    expect(again.account.current()).toBeUndefined()
  })
})
