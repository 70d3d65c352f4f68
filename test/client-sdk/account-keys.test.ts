// The keys of an account through the verbs of the SDK, against a server that keeps the contract until told to lie.
import { createMemoryStore } from '@workforce-democracy/client/node'
import { type AccountRecord, decodeRecordBody, type SignedRecord } from '@workforce-democracy/shared'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openKeyring } from '../../client-sdk/src/account/keyring.ts'
import { openKeys } from '../../client-sdk/src/account/opened-keys.ts'
import { fromBase64Url } from '../../client-sdk/src/keys/bytes.ts'
import { derivePasswordKeys } from '../../client-sdk/src/keys/password-keys.ts'
import { createRecoveryCode } from '../../client-sdk/src/keys/recovery-code.ts'
import { openSealedKey } from '../../client-sdk/src/keys/sealed-key.ts'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { openReplica } from '../../client-sdk/src/replica.ts'
import { openEncryptedRows } from '../../client-sdk/src/store/encrypted-rows.ts'
import { until } from '../support/until.ts'
import { AccountServer } from './account-server.ts'
import { codeOf, openTestClient, STORE_SECRET } from './clients.ts'

vi.mock(import('../../client-sdk/src/keys/argon2id.ts'), async original => ({
  ...(await original()),
  argon2id: (await import('./quick-argon2.ts')).quickArgon2id,
}))

const OLD = 'an old made-up password'
const NEW = 'a new made-up password'
const NEXT = 'the next made-up password'
const ADA = 'ada-example'

let server: AccountServer
beforeEach(() => {
  server = new AccountServer()
})

const open = (storage = createMemoryStore()) =>
  openTestClient({ storage, server: server.url, fetch: server.fetch })
/** What a closed store keeps of the keys. */
async function keyringOf(store: ReturnType<typeof createMemoryStore>) {
  const sodium = await loadSodium()
  const lock = { storeSecret: STORE_SECRET }
  const rows = await openEncryptedRows({ store, sodium, lock, onDamage: 'refuse' })
  await using replica = await openReplica({ rows, now: Date.now, randomBytes: sodium.randomBytes })
  return openKeyring({ replica, sodium })
}
const bodyOf = (record: SignedRecord): AccountRecord => decodeRecordBody(record.body)!
const recordNow = () => bodyOf(server.account(ADA).keys!.record)
const deviceIds = () => recordNow().devices.map(({ id }) => id)
/** Ada, on one device, and what she wrote down. */
async function ada() {
  const client = await open()
  const { user, recoveryCode } = await client.account.register({ username: ADA, password: OLD })
  return { client, user, recoveryCode, [Symbol.asyncDispose]: () => client.close() }
}
const login = (client: Awaited<ReturnType<typeof open>>, password = OLD) =>
  client.account.login({ login: ADA, password })

describe('signing up and in', () => {
  it('[K1] [K4] [K6] makes record 1 of one device, bundles, and a recovery code that is sent to nobody', async () => {
    await using one = await ada()
    expect(recordNow()).toMatchObject({ number: 1, epoch: 0 })
    expect(recordNow().devices).toHaveLength(1)
    expect(one.client.account.keys).toEqual({ state: 'ready', rotationNeeded: false })
    expect(one.recoveryCode).toMatch(/^([0-9A-Z]{4}-){8}[0-9A-Z]{4}$/)
    const sent = JSON.stringify(server.requests)
    expect(sent).not.toContain(one.recoveryCode)
    expect(sent).not.toContain(one.recoveryCode.replaceAll('-', ''))
  })

  it('[K10] a second device joins the record, which every device opens its key from', async () => {
    await using one = await ada()
    await using two = await open()
    await login(two)
    expect(recordNow()).toMatchObject({ number: 2, epoch: 0 })
    expect(deviceIds()).toHaveLength(2)
    await login(two)
    expect(recordNow().number).toBe(2)
    expect(one.client.account.keys.state).toBe('ready')
    expect(two.account.keys.state).toBe('ready')
  })

  it('[K10] devices that sign in at the same moment all end up in the record', async () => {
    await using one = await ada()
    const others = await Promise.all(Array.from({ length: 4 }, () => open()))
    await Promise.all(others.map(each => login(each)))
    expect(recordNow().number).toBe(5)
    expect(deviceIds()).toHaveLength(5)
    await Promise.all(others.map(each => each.close()))
    expect(one.client.account.keys.state).toBe('ready')
  })

  it('[K10] a device whose joining was answered by silence is in the record once', async () => {
    await using one = await ada()
    await using two = await open()
    server.loseAnswerTo = '/api/user/keys'
    await login(two)
    expect(recordNow().number).toBe(2)
    expect(one.client.account.keys.state).toBe('ready')
  })

  it('a lost answer to signing up leaves an account with the recovery code that is shown', async () => {
    await using client = await open()
    server.loseAnswerTo = '/api/auth/register'
    const { recoveryCode } = await client.account.register({ username: ADA, password: OLD })
    await using other = await open()
    await other.account.recover({ login: ADA, recoveryCode, newPassword: NEW })
    expect(other.account.keys.state).toBe('ready')
  })

  it('[K10] what a device had written before it signed in stays, and is the account’s', async () => {
    await using one = await ada()
    await using two = await open()
    await two.votes.cast('hr8-118', 'yes')
    await login(two)
    expect(two.votes.get('hr8-118')?.choice).toBe('yes')
    expect(one.client.account.current()).toEqual(two.account.current())
  })

  it('stays as it is across restarts, without network', async () => {
    const storage = createMemoryStore()
    const client = await open(storage)
    await client.account.register({ username: ADA, password: OLD })
    await client.close()
    server.isOnline = false
    await using again = await open(storage)
    expect(again.account.keys.state).toBe('ready')
  })
})

describe('a new password', () => {
  it('[K12] opens the keys, and the old one and the old code open none', async () => {
    await using one = await ada()
    const { recoveryCode } = await one.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(recoveryCode).not.toBe(one.recoveryCode)
    await using two = await open()
    expect(await codeOf(login(two))).toBe('wrong-credentials')
    await login(two, NEW)
    await using three = await open()
    const recovered = { login: ADA, recoveryCode: one.recoveryCode, newPassword: NEXT }
    expect(await codeOf(three.account.recover(recovered))).toBe('wrong-credentials')
    await three.account.recover({ ...recovered, recoveryCode })
    expect(three.account.keys.state).toBe('ready')
  })

  it('[K12] is refused with a wrong present one, which is not even sent', async () => {
    await using one = await ada()
    const change = one.client.account.changePassword({ password: NEXT, newPassword: NEW })
    expect(await codeOf(change)).toBe('wrong-credentials')
    expect(server.requests.map(({ path }) => path)).not.toContain('/api/auth/change-password')
    expect(await codeOf(one.client.account.changePassword({ password: OLD, newPassword: 'short' }))).toBe(
      'invalid-input',
    )
  })

  it('[K12] follows what another device has changed in between', async () => {
    await using one = await ada()
    await using two = await open()
    server.before = { path: '/api/auth/change-password', run: async () => void (await login(two)) }
    await one.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(recordNow().number).toBe(3)
    expect(deviceIds()).toHaveLength(2)
  })

  it('[K13] is found to count when its answer was lost, with the recovery code that is returned', async () => {
    await using one = await ada()
    server.loseAnswerTo = '/api/auth/change-password'
    const { recoveryCode } = await one.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(recordNow().number).toBe(2)
    await using two = await open()
    await login(two, NEW)
    await using three = await open()
    await three.account.recover({ login: ADA, recoveryCode, newPassword: NEXT })
  })

  it.each([
    ['the session of before lives', false],
    ['the session of before has ended', true],
  ])(
    '[K13] is made good by the same words again when the network went with the answer, and %s',
    async (_, ended) => {
      await using one = await ada()
      const account = server.account(ADA)
      const sessions = [...account.sessions]
      cutAfter('/api/auth/change-password')
      const words = { password: OLD, newPassword: NEW }
      expect(await codeOf(one.client.account.changePassword(words))).toBe('offline')
      server.isOnline = true
      expect(recordNow().number).toBe(2)
      account.sessions = ended ? [] : sessions
      const { recoveryCode } = await one.client.account.changePassword(words)
      await using two = await open()
      await login(two, NEW)
      await using three = await open()
      await three.account.recover({ login: ADA, recoveryCode, newPassword: NEXT })
    },
  )

  it('of an account without keys gives it keys', async () => {
    const account = server.addPlain(ADA, '')
    const prelogin = { seed: account.seed, memoryKiB: 65_536, iterations: 3, parallelism: 1 }
    account.password = (await derivePasswordKeys(await loadSodium(), OLD, prelogin)).loginSecret
    await using client = await open()
    await login(client)
    expect(client.account.keys.state).toBe('none')
    expect(await codeOf(client.account.newRecoveryCode(OLD))).toBe('account-plain')
    await client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(client.account.keys.state).toBe('ready')
    expect(recordNow()).toMatchObject({ number: 1 })
  })

  it('a new recovery code replaces the old one, also when its answer is lost', async () => {
    await using one = await ada()
    server.loseAnswerTo = '/api/user/keys'
    expect(await codeOf(one.client.account.newRecoveryCode(NEW))).toBe('offline')
    server.loseAnswerTo = undefined
    expect(await codeOf(one.client.account.newRecoveryCode(NEW))).toBe('wrong-credentials')
    const recoveryCode = await one.client.account.newRecoveryCode(OLD)
    await using two = await open()
    const old = { login: ADA, recoveryCode: one.recoveryCode, newPassword: NEW }
    expect(await codeOf(two.account.recover(old))).toBe('wrong-credentials')
    await two.account.recover({ ...old, recoveryCode })
  })
})

describe('revoking a device', () => {
  /** Ada's two devices, and what the lost one had. */
  async function lost() {
    const one = await ada()
    const two = await open()
    await login(two)
    const before = structuredClone(server.account(ADA).keys!)
    const lostId = deviceIds().find(id => id !== bodyOf(before.record).devices[0]!.id)!
    const own = deviceIds()[0]!
    return {
      ...one,
      two,
      before,
      lostId,
      own,
      [Symbol.asyncDispose]: async () => void (await Promise.all([one.client.close(), two.close()])),
    }
  }

  it('[K12] begins an epoch without it, of which the old password, code and keys open nothing', async () => {
    await using story = await lost()
    const { client, lostId, before } = story
    const { recoveryCode } = await client.account.revokeDevice({
      id: lostId,
      password: OLD,
      newPassword: NEW,
    })
    expect(recordNow()).toMatchObject({ number: 3, epoch: 1 })
    expect(deviceIds()).toEqual([story.own])
    const after = server.account(ADA).keys!
    const sodium = await loadSodium()
    // Whatever seed the server tells, the old password gives no key to the new bundle.
    for (const seed of [server.account(ADA).seed, 'AAAAAAAAAAAAAAAAAAAAAA']) {
      const prelogin = { seed, memoryKiB: 65_536, iterations: 3, parallelism: 1 }
      const { wrappingKey } = await derivePasswordKeys(sodium, OLD, prelogin)
      const lock = { kind: 'password', key: wrappingKey } as const
      const opened = () =>
        openKeys(sodium, { record: after.record, bundle: after.bundle!, lock, pinned: undefined })
      expect(await codeOf(opened)).toBe('envelope-damaged')
    }
    expect(before.record.body).not.toBe(after.record.body)
    await using three = await open()
    const recovery = { login: ADA, recoveryCode: story.recoveryCode, newPassword: NEXT }
    expect(await codeOf(three.account.recover(recovery))).toBe('wrong-credentials')
    await three.account.recover({ ...recovery, recoveryCode })
    expect(three.account.keys.state).toBe('ready')
  })

  it('[K12] ends its session, and the others follow to the new epoch', async () => {
    await using story = await lost()
    const storage = createMemoryStore()
    const three = await open(storage)
    await login(three)
    await three.close()
    const { recoveryCode } = await story.client.account.revokeDevice({
      id: story.lostId,
      recoveryCode: story.recoveryCode,
      newPassword: NEW,
    })
    expect(recoveryCode).not.toBe(story.recoveryCode)
    const sessions = server.account(ADA).sessions.map(({ deviceId }) => deviceId)
    expect(sessions).not.toContain(story.lostId)
    const again = await open(storage)
    await until(() => server.requests.at(-1)?.path === '/api/user/keys')
    await again.close()
    const { vault } = await keyringOf(storage)
    expect(vault.accountKeys.map(({ epoch }) => epoch)).toEqual([0, 1])
    const record = recordNow()
    expect(record.epoch).toBe(1)
    expect(record.devices).toHaveLength(2)
  })

  it('[K13] is found to have happened when the answer was lost', async () => {
    await using story = await lost()
    server.loseAnswerTo = '/api/auth/change-password'
    await story.client.account.revokeDevice({ id: story.lostId, password: OLD, newPassword: NEW })
    expect(recordNow()).toMatchObject({ number: 3, epoch: 1 })
  })

  it('[K13] ends the same way when it is done again, with password or code, after all was lost', async () => {
    for (const by of ['password', 'recoveryCode'] as const) {
      server = new AccountServer()
      await using story = await lost()
      const words =
        by === 'password'
          ? { id: story.lostId, password: OLD, newPassword: NEW }
          : { id: story.lostId, recoveryCode: story.recoveryCode, newPassword: NEW }
      cutAfter('/api/auth/change-password')
      expect(await codeOf(story.client.account.revokeDevice(words))).toBe('offline')
      server.isOnline = true
      expect(recordNow()).toMatchObject({ number: 3, epoch: 1 })
      const { recoveryCode } = await story.client.account.revokeDevice(words)
      expect(recordNow()).toMatchObject({ number: 4, epoch: 1 })
      await using three = await open()
      await three.account.recover({ login: ADA, recoveryCode, newPassword: NEXT })
    }
  })

  it('of a stranger’s id or of itself is refused', async () => {
    await using story = await lost()
    const revoke = (id: string) =>
      codeOf(story.client.account.revokeDevice({ id, password: OLD, newPassword: NEW }))
    expect(await revoke('0190b5a0-0000-7000-8000-000000000001')).toBe('not-found')
    expect(await revoke(story.own)).toBe('invalid-input')
    expect(recordNow().number).toBe(2)
  })

  it('devices are listed, renamed, and signed out with a word about their keys', async () => {
    await using story = await lost()
    const { devices } = story.client.account
    await devices.rename(story.lostId, 'Old phone')
    const list = await devices.list()
    expect(list.find(({ id }) => id === story.lostId)).toMatchObject({ name: 'Old phone', active: true })
    expect(list.find(({ current }) => current)?.id).toBe(story.own)
    expect(await codeOf(devices.rename('../account', 'x'))).toBe('invalid-input')
    await devices.remove(story.lostId)
    await until(() => story.client.account.keys.rotationNeeded)
    await story.client.account.changePassword({ password: OLD, newPassword: NEW })
    expect(story.client.account.keys.rotationNeeded).toBe(true)
    await story.client.account.revokeDevice({ id: story.lostId, password: NEW, newPassword: NEXT })
    expect(story.client.account.keys.rotationNeeded).toBe(false)
  })
})

/** The next request to this path is carried out, its answer lost, and the network away from then on. */
function cutAfter(path: string) {
  server.loseAnswerTo = path
  server.before = {
    path,
    run: async () => {
      queueMicrotask(() => {
        server.isOnline = false
      })
    },
  }
}

describe('a lost password', () => {
  it('[K7] the recovery code sets a new one, on a new device, and is replaced', async () => {
    await using one = await ada()
    await using two = await open()
    const { user, recoveryCode } = await two.account.recover({
      login: ADA,
      recoveryCode: one.recoveryCode.toLowerCase(),
      newPassword: NEW,
    })
    expect(user).toEqual(one.user)
    expect(recoveryCode).not.toBe(one.recoveryCode)
    expect(deviceIds()).toHaveLength(2)
    await using three = await open()
    await login(three, NEW)
    expect(await codeOf(three.account.recover({ login: ADA, recoveryCode: 'none', newPassword: NEW }))).toBe(
      'wrong-recovery-code',
    )
  })

  it('[K13] recovery counts also when its answer is lost', async () => {
    await using one = await ada()
    await using two = await open()
    server.loseAnswerTo = '/api/auth/reset-password'
    await two.account.recover({ login: ADA, recoveryCode: one.recoveryCode, newPassword: NEW })
    expect(two.account.keys.state).toBe('ready')
  })

  it('[K13] recovery is made good by the same words again when the network went with the answer', async () => {
    await using one = await ada()
    await using two = await open()
    const words = { login: ADA, recoveryCode: one.recoveryCode, newPassword: NEW }
    cutAfter('/api/auth/reset-password')
    expect(await codeOf(two.account.recover(words))).toBe('offline')
    server.isOnline = true
    const { recoveryCode } = await two.account.recover(words)
    await using three = await open()
    await three.account.recover({ ...words, recoveryCode })
  })

  it('[K14] a mail alone opens no key: they are locked until the recovery code opens them', async () => {
    await using one = await ada()
    await one.client.account.forgotPassword(ADA)
    await using two = await open()
    await two.account.resetPassword({ token: server.mailTokenFor(ADA), login: ADA, newPassword: NEW })
    await login(two, NEW)
    expect(two.account.keys.state).toBe('keys-locked')
    expect(deviceIds()).toHaveLength(1)
    // Nothing that the reset has, its password and what the server keeps, opens a bundle or a sealed key.
    const { record, recoveryBundle } = server.account(ADA).keys!
    const sodium = await loadSodium()
    const prelogin = { seed: server.account(ADA).seed, memoryKiB: 65_536, iterations: 3, parallelism: 1 }
    const { wrappingKey: key } = await derivePasswordKeys(sodium, NEW, prelogin)
    for (const kind of ['password', 'recovery'] as const) {
      const sealed = { record, bundle: recoveryBundle, lock: { kind, key }, pinned: undefined }
      expect(await codeOf(() => openKeys(sodium, sealed))).toBe('envelope-damaged')
    }
    const { vaultId, epoch, devices } = bodyOf(record)
    const { sealedKey } = devices[0]!
    for (const secretKey of [key, fromBase64Url(server.account(ADA).password)!])
      expect(openSealedKey(sodium, { vaultId, epoch, sealedKey, secretKey })).toBeUndefined()
    expect(await codeOf(two.account.changePassword({ password: NEW, newPassword: NEXT }))).toBe('keys-locked')
    expect(await codeOf(two.account.newRecoveryCode(NEW))).toBe('keys-locked')
    expect(await codeOf(two.account.unlock({ recoveryCode: 'none', password: NEW }))).toBe(
      'wrong-recovery-code',
    )
    const others = createRecoveryCode(sodium)
    expect(await codeOf(two.account.unlock({ recoveryCode: others, password: NEW }))).toBe(
      'wrong-recovery-code',
    )
    const { recoveryCode } = await two.account.unlock({ recoveryCode: one.recoveryCode, password: NEW })
    expect(two.account.keys.state).toBe('ready')
    expect(recoveryCode).not.toBe(one.recoveryCode)
    await using three = await open()
    await login(three, NEW)
    expect(three.account.keys.state).toBe('ready')
  })

  it('[K14] [K15] a device starts a new identity; others find the account replaced until that is accepted', async () => {
    await using one = await ada()
    const storage = createMemoryStore()
    const two = await open(storage)
    await login(two)
    expect(await codeOf(one.client.account.startNewIdentity(OLD))).toBe('forbidden')
    await one.client.account.resetPassword({ token: server.mailTokenFor(ADA), login: ADA, newPassword: NEW })
    await login(one.client, NEW)
    await login(two, NEW)
    expect(one.client.account.keys.state).toBe('keys-locked')
    expect(await codeOf(one.client.account.startNewIdentity(OLD))).toBe('wrong-credentials')
    const identity = recordNow().identity
    await one.client.account.startNewIdentity(NEW)
    expect(one.client.account.keys.state).toBe('ready')
    expect(recordNow().identity).not.toBe(identity)
    expect(deviceIds()).toHaveLength(1)
    expect(await codeOf(login(two, NEW))).toBe('account-replaced')
    await two.close()
    const again = await open(storage)
    await until(() => again.account.keys.state === 'account-replaced')
    expect(again.sync.status).toMatchObject({ state: 'problem', problem: 'account-replaced' })
    await again.close()
    server.isOnline = false
    const offline = await open(storage)
    expect(offline.account.keys.state).toBe('account-replaced')
    server.isOnline = true
    await offline.account.login({ login: ADA, password: NEW, acceptNewIdentity: true })
    expect(offline.account.keys.state).toBe('ready')
    expect(offline.sync.status.state).toBe('local')
    expect(deviceIds()).toHaveLength(2)
    await offline.close()
  })
})

it('[K15] a device that found its account replaced opens no socket any more, until that is accepted', async () => {
  await using one = await ada()
  const store = createMemoryStore()
  let sockets = 0
  const WebSocket = class extends EventTarget {
    readyState = 0
    constructor() {
      super()
      sockets++
    }
    close() {}
  } as unknown as typeof globalThis.WebSocket
  const reopen = () => openTestClient({ storage: store, server: server.url, fetch: server.fetch, WebSocket })
  const two = await reopen()
  await login(two)
  await two.privacy.set({ votes: 'open' })
  await until(() => sockets === 1)
  await one.client.account.resetPassword({ token: server.mailTokenFor(ADA), login: ADA, newPassword: NEW })
  await login(two, NEW)
  await login(one.client, NEW)
  await one.client.account.startNewIdentity(NEW)
  await two.close()
  const finding = await reopen()
  await until(() => finding.sync.status.problem === 'account-replaced')
  await finding.close()
  sockets = 0
  const again = await reopen()
  await again.account.accessToken()
  await again.votes.cast('hr8-118', 'yes')
  await again.sync.flush()
  expect(sockets).toBe(0)
  await again.account.login({ login: ADA, password: NEW, acceptNewIdentity: true })
  await until(() => sockets === 1)
  await again.close()
})

describe('adoption', () => {
  it('[K11] sends the typed password once, and gives the account keys and another password', async () => {
    server.addPlain(ADA, OLD)
    await using client = await open()
    expect(await codeOf(login(client))).toBe('wrong-credentials')
    await client.account.logout()
    await using fresh = await open()
    const { user, recoveryCode } = await fresh.account.adopt({
      login: ADA,
      oldPassword: OLD,
      newPassword: NEW,
    })
    expect(user.username).toBe(ADA)
    expect(fresh.account.keys.state).toBe('ready')
    const sent = JSON.stringify(server.requests)
    expect(sent).toContain(OLD)
    expect(sent).not.toContain(NEW)
    await using two = await open()
    await login(two, NEW)
    await two.account.recover({ login: ADA, recoveryCode, newPassword: NEXT })
  })

  it('[K11] is refused where keys were used with this name or account, before anything is sent', async () => {
    const storage = createMemoryStore()
    const one = await open(storage)
    await one.account.register({ username: ADA, password: OLD })
    await one.account.logout()
    await one.close()
    await using again = await open(storage)
    server.requests.length = 0
    for (const name of [ADA, ' ADA-Example ', 'bo-example']) {
      const adoption = again.account.adopt({ login: name, oldPassword: OLD, newPassword: NEW })
      expect(await codeOf(adoption)).toBe('forbidden')
    }
    expect(server.requests).toEqual([])
  })

  it('[K13] works the second time when the answer of the first was lost for good', async () => {
    server.addPlain(ADA, OLD)
    await using client = await open()
    const words = { login: ADA, oldPassword: OLD, newPassword: NEW }
    cutAfter('/api/auth/change-password')
    expect(await codeOf(client.account.adopt(words))).toBe('offline')
    server.isOnline = true
    const { recoveryCode } = await client.account.adopt(words)
    await using two = await open()
    await two.account.recover({ login: ADA, recoveryCode, newPassword: NEXT })
  })
})

describe('typed passwords', () => {
  it('[A2] [K11] leave in no flow but adoption', async () => {
    await using one = await ada()
    const { account } = one.client
    await using two = await open()
    await login(two)
    const lostId = deviceIds()[1]!
    await account.changePassword({ password: OLD, newPassword: NEW })
    await account.newRecoveryCode(NEW)
    const { recoveryCode } = await account.revokeDevice({ id: lostId, password: NEW, newPassword: NEXT })
    await codeOf(account.changeEmail({ password: NEXT, email: 'ada@example.org' }))
    await two.account.recover({ login: ADA, recoveryCode, newPassword: OLD })
    await two.account.resetPassword({ token: server.mailTokenFor(ADA), login: ADA, newPassword: NEW })
    await login(two, NEW)
    await two.account.startNewIdentity(NEW)
    await two.account.delete(NEW)
    const sent = server.requests.map(({ body }) => body).join('\n')
    for (const password of [OLD, NEW, NEXT]) expect(sent).not.toContain(password)
    expect(sent).not.toContain(recoveryCode)
  })
})

describe('a server that lies', () => {
  /** Ada with two devices, a record of before, and a device of a stranger. */
  async function story() {
    const one = await ada()
    const older = structuredClone(server.account(ADA).keys!)
    const two = await open()
    await login(two)
    const stranger = await open()
    await stranger.account.register({ username: 'eve-example', password: OLD })
    const eve = structuredClone(server.account('eve-example').keys!)
    const close = () => Promise.all([one.client, two, stranger].map(each => each.close()))
    return { ...one, two, older, eve, [Symbol.asyncDispose]: async () => void (await close()) }
  }
  /** Puts something else in the place of what it has. */
  const show = (change: object) => {
    server.lie = (_, body) => {
      const answer = body as Record<string, unknown> & { keys?: object }
      if (answer.record) return { ...answer, ...change }
      return answer.keys ? { ...answer, keys: { ...answer.keys, ...change } } : answer
    }
  }
  const unsigned = ({ body, signature }: SignedRecord) => ({ body, signature: `A${signature.slice(1, -1)}A` })

  it('[K8] at sign-in: older, unsigned and foreign records are refused, and leave no session', async () => {
    await using at = await story()
    const { two, older, eve } = at
    const present = structuredClone(server.account(ADA).keys!)
    for (const [change, code] of [
      [older, 'record-refused'],
      [{ record: unsigned(present.record) }, 'record-refused'],
      [{ record: eve.record }, 'account-replaced'],
      [{ record: eve.record, bundle: eve.bundle }, 'account-replaced'],
      [{ bundle: eve.bundle }, 'envelope-damaged'],
    ] as const) {
      show(change)
      const sessions = server.account(ADA).sessions.length
      expect(await codeOf(login(two))).toBe(code)
      expect(server.account(ADA).sessions).toHaveLength(sessions)
    }
    expect(recordNow().number).toBe(2)
  })

  it('[K9] at sign-in on a new device: what the bundle does not vouch for is refused', async () => {
    await using at = await story()
    const present = structuredClone(server.account(ADA).keys!)
    for (const [change, code] of [
      [{ record: at.older.record }, 'record-refused'],
      [{ record: unsigned(present.record) }, 'record-refused'],
      [{ record: at.eve.record }, 'envelope-damaged'],
      [{ record: at.eve.record, bundle: at.eve.bundle }, 'envelope-damaged'],
    ] as const) {
      show(change)
      await using fresh = await open()
      expect(await codeOf(login(fresh))).toBe(code)
      expect(fresh.account.current()).toBeUndefined()
      expect(fresh.account.keys.state).toBe('none')
    }
    expect(recordNow().number).toBe(2)
  })

  it('[K15] while it is followed: older ones are reported, another identity stops the sync', async () => {
    await using at = await story()
    let skippedMs = 0
    await using two = await openTestClient({
      server: server.url,
      fetch: server.fetch,
      now: () => Date.now() + skippedMs,
    })
    await login(two)
    const follow = () => {
      skippedMs += 11 * 60_000
      return two.account.accessToken()
    }
    const present = structuredClone(server.account(ADA).keys!)
    for (const record of [at.older.record, unsigned(present.record)]) {
      show({ record })
      await follow()
      await until(() => two.sync.status.problem === 'record-refused')
      show({})
      await follow()
      await until(() => two.sync.status.problem === undefined)
    }
    show({ record: at.eve.record })
    await follow()
    await until(() => two.sync.status.problem === 'account-replaced')
    expect(two.account.keys.state).toBe('account-replaced')
  })

  it('[K8] in recovery: older, unsigned and foreign records are refused', async () => {
    await using at = await story()
    const present = structuredClone(server.account(ADA).keys!)
    const recovery = { login: ADA, recoveryCode: at.recoveryCode, newPassword: NEW }
    for (const [change, code] of [
      [at.older, 'record-refused'],
      [{ record: unsigned(present.record) }, 'record-refused'],
      [{ record: at.eve.record }, 'account-replaced'],
    ] as const) {
      show(change)
      expect(await codeOf(at.two.account.recover(recovery))).toBe(code)
    }
    await using fresh = await open()
    show({ record: at.eve.record })
    expect(await codeOf(fresh.account.recover(recovery))).toBe('envelope-damaged')
    expect(recordNow().number).toBe(2)
  })

  it('[K14] that says that there are no keys any more gets none anew from a device that knows better', async () => {
    await using at = await story()
    server.lie = (_, body) => ({ ...(body as object), keys: undefined })
    expect(await codeOf(login(at.two))).toBe('account-replaced')
  })
})

describe('the end of an account', () => {
  it('[K17] leaves the data here, local, and free for another account', async () => {
    const storage = createMemoryStore()
    const client = await open(storage)
    await client.account.register({
      username: ADA,
      password: OLD,
      privacy: { civicEngagementTracking: true },
    })
    const [id] = deviceIds()
    await client.votes.cast('hr8-118', 'yes')
    expect(await codeOf(client.account.delete(NEW))).toBe('wrong-credentials')
    await client.account.delete(OLD)
    expect(client.account.current()).toBeUndefined()
    expect(client.sync.status).toMatchObject({ state: 'problem', problem: 'account-deleted' })
    expect(client.votes.get('hr8-118')?.choice).toBe('yes')
    expect(client.privacy.get().votes).toBe('local')
    await client.account.register({ username: ADA, password: NEW })
    expect(client.sync.status.problem).toBeUndefined()
    expect(deviceIds()).not.toEqual([id])
    await client.close()
  })

  it('[K17] is known to the other devices when they next ask', async () => {
    await using one = await ada()
    const storage = createMemoryStore()
    const two = await open(storage)
    await login(two)
    await two.votes.cast('hr8-118', 'yes')
    await two.close()
    await one.client.account.delete(OLD)
    await using again = await open(storage)
    await until(() => again.sync.status.problem === 'account-deleted')
    expect(again.votes.get('hr8-118')?.choice).toBe('yes')
    expect(again.account.current()).toBeUndefined()
  })
})
