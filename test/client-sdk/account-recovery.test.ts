// Lost devices and lost passwords: what opens the keys again, and what never does, on a real server.
import { createMemoryStore } from '@workforce-democracy/client/node'
import { describe, expect, it, vi } from 'vitest'
import { openKeyring } from '../../client-sdk/src/account/keyring.ts'
import { openKeys } from '../../client-sdk/src/account/opened-keys.ts'
import { fromBase64Url } from '../../client-sdk/src/keys/bytes.ts'
import { derivePasswordKeys } from '../../client-sdk/src/keys/password-keys.ts'
import { createRecoveryCode } from '../../client-sdk/src/keys/recovery-code.ts'
import { openSealedKey } from '../../client-sdk/src/keys/sealed-key.ts'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { nameOfRow } from '../../client-sdk/src/replica/replica-rows.ts'
import { openReplica } from '../../client-sdk/src/replica.ts'
import { openEncryptedRows } from '../../client-sdk/src/store/encrypted-rows.ts'
import { until } from '../support/until.ts'
import { AccountStories, bodyOf, NEW, NEXT, OLD } from './account-stories.ts'
import { codeOf, openTestClient, STORE_SECRET } from './clients.ts'

vi.mock(import('../../client-sdk/src/keys/argon2id.ts'), async original => ({
  ...(await original()),
  argon2id: (await import('./quick-argon2.ts')).quickArgon2id,
}))

const s = AccountStories.use()

/** What a closed store keeps of the keys. */
async function keyringOf(store: ReturnType<typeof createMemoryStore>) {
  const sodium = await loadSodium()
  const lock = { storeSecret: STORE_SECRET }
  const rows = await openEncryptedRows({ store, sodium, lock, nameOf: nameOfRow, onDamage: 'refuse' })
  await using replica = await openReplica({ rows, now: Date.now, randomBytes: sodium.randomBytes })
  return openKeyring({ replica, sodium })
}

describe('revoking a device', () => {
  /** Ada's two devices, and what the lost one had. */
  async function lost() {
    const one = await s.ada()
    const two = await s.open()
    await s.login(two)
    const before = structuredClone(await s.keysNow())
    const lostId = (await s.deviceIds()).find(id => id !== bodyOf(before.record).devices[0]!.id)!
    const own = (await s.deviceIds())[0]!
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
    expect(await s.recordNow()).toMatchObject({ number: 3, epoch: 1 })
    expect(await s.deviceIds()).toEqual([story.own])
    const after = await s.keysNow()
    const sodium = await loadSodium()
    // Whatever seed the server tells, the old password gives no key to the new bundle.
    for (const seed of [(await s.prelogin()).seed, 'AAAAAAAAAAAAAAAAAAAAAA']) {
      const prelogin = { ...(await s.prelogin()), seed }
      const { wrappingKey } = await derivePasswordKeys(sodium, OLD, prelogin)
      const lock = { kind: 'password', key: wrappingKey } as const
      const opened = () =>
        openKeys(sodium, { record: after.record, bundle: after.bundle!, lock, pinned: undefined })
      expect(await codeOf(opened)).toBe('envelope-damaged')
    }
    expect(before.record.body).not.toBe(after.record.body)
    await using three = await s.open()
    const recovery = { login: s.name, recoveryCode: story.recoveryCode, newPassword: NEXT }
    expect(await codeOf(three.account.recover(recovery))).toBe('wrong-credentials')
    await three.account.recover({ ...recovery, recoveryCode })
    expect(three.account.keys.state).toBe('ready')
  })

  it('[K12] ends its session, and the others follow to the new epoch', async () => {
    await using story = await lost()
    const storage = createMemoryStore()
    const three = await s.open(storage)
    await s.login(three)
    await three.close()
    const { recoveryCode } = await story.client.account.revokeDevice({
      id: story.lostId,
      recoveryCode: story.recoveryCode,
      newPassword: NEW,
    })
    expect(recoveryCode).not.toBe(story.recoveryCode)
    expect(await s.stored.liveDevices(s.name)).not.toContain(story.lostId)
    const again = await s.open(storage)
    await until(() => s.between.requests.at(-1)?.path === '/api/user/keys')
    await again.close()
    const { vault } = await keyringOf(storage)
    expect(vault.accountKeys.map(({ epoch }) => epoch)).toEqual([0, 1])
    const record = await s.recordNow()
    expect(record.epoch).toBe(1)
    expect(record.devices).toHaveLength(2)
  })

  it('[K13] is found to have happened when the answer was lost', async () => {
    await using story = await lost()
    s.between.loseAnswerTo = '/api/auth/change-password'
    await story.client.account.revokeDevice({ id: story.lostId, password: OLD, newPassword: NEW })
    expect(await s.recordNow()).toMatchObject({ number: 3, epoch: 1 })
  })

  it('[K13] ends the same way when it is done again, with password or code, after all was lost', async () => {
    for (const by of ['password', 'recoveryCode'] as const) {
      s.begin()
      await using story = await lost()
      const words =
        by === 'password'
          ? { id: story.lostId, password: OLD, newPassword: NEW }
          : { id: story.lostId, recoveryCode: story.recoveryCode, newPassword: NEW }
      s.between.cutAfter('/api/auth/change-password')
      expect(await codeOf(story.client.account.revokeDevice(words))).toBe('offline')
      s.between.isOnline = true
      expect(await s.recordNow()).toMatchObject({ number: 3, epoch: 1 })
      const { recoveryCode } = await story.client.account.revokeDevice(words)
      expect(await s.recordNow()).toMatchObject({ number: 4, epoch: 1 })
      await using three = await s.open()
      await three.account.recover({ login: s.name, recoveryCode, newPassword: NEXT })
    }
  })

  it('of a stranger’s id or of itself is refused', async () => {
    await using story = await lost()
    const revoke = (id: string) =>
      codeOf(story.client.account.revokeDevice({ id, password: OLD, newPassword: NEW }))
    expect(await revoke('0190b5a0-0000-7000-8000-000000000001')).toBe('not-found')
    expect(await revoke(story.own)).toBe('invalid-input')
    expect((await s.recordNow()).number).toBe(2)
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

describe('a lost password', () => {
  it('[K7] the recovery code sets a new one, on a new device, and is replaced', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    const { user, recoveryCode } = await two.account.recover({
      login: s.name,
      recoveryCode: one.recoveryCode.toLowerCase(),
      newPassword: NEW,
    })
    expect(user).toEqual(one.user)
    expect(recoveryCode).not.toBe(one.recoveryCode)
    expect(await s.deviceIds()).toHaveLength(2)
    await using three = await s.open()
    await s.login(three, NEW)
    expect(
      await codeOf(three.account.recover({ login: s.name, recoveryCode: 'none', newPassword: NEW })),
    ).toBe('wrong-recovery-code')
  })

  it('[K13] recovery counts also when its answer is lost', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    s.between.loseAnswerTo = '/api/auth/reset-password'
    await two.account.recover({ login: s.name, recoveryCode: one.recoveryCode, newPassword: NEW })
    expect(two.account.keys.state).toBe('ready')
  })

  it('[K13] recovery is made good by the same words again when the network went with the answer', async () => {
    await using one = await s.ada()
    await using two = await s.open()
    const words = { login: s.name, recoveryCode: one.recoveryCode, newPassword: NEW }
    s.between.cutAfter('/api/auth/reset-password')
    expect(await codeOf(two.account.recover(words))).toBe('offline')
    s.between.isOnline = true
    const { recoveryCode } = await two.account.recover(words)
    await using three = await s.open()
    await three.account.recover({ ...words, recoveryCode })
  })

  it('[K14] a mail alone opens no key: they are locked until the recovery code opens them', async () => {
    await using one = await s.ada()
    await s.verifyEmail()
    await one.client.account.forgotPassword(s.name)
    await using two = await s.open()
    const token = await s.mailToken(/reset-password/)
    await two.account.resetPassword({ token, login: s.name, newPassword: NEW })
    await s.login(two, NEW)
    expect(two.account.keys.state).toBe('keys-locked')
    expect(await s.deviceIds()).toHaveLength(1)
    // Nothing that the reset has, its password and what the server keeps, opens a bundle or a sealed key.
    const { record, recoveryBundle } = await s.keysNow()
    const sodium = await loadSodium()
    const prelogin = await s.prelogin()
    const { wrappingKey: key, loginSecret } = await derivePasswordKeys(sodium, NEW, prelogin)
    for (const kind of ['password', 'recovery'] as const) {
      const sealed = { record, bundle: recoveryBundle, lock: { kind, key }, pinned: undefined }
      expect(await codeOf(() => openKeys(sodium, sealed))).toBe('envelope-damaged')
    }
    const { vaultId, epoch, devices } = bodyOf(record)
    const { sealedKey } = devices[0]!
    for (const secretKey of [key, fromBase64Url(loginSecret)!])
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
    await using three = await s.open()
    await s.login(three, NEW)
    expect(three.account.keys.state).toBe('ready')
  })

  it('[K14] [K15] a device starts a new identity; others find the account replaced until that is accepted', async () => {
    await using one = await s.ada()
    const storage = createMemoryStore()
    const two = await s.open(storage)
    await s.login(two)
    expect(await codeOf(one.client.account.startNewIdentity(OLD))).toBe('forbidden')
    await one.client.account.resetPassword({ token: await s.resetToken(), login: s.name, newPassword: NEW })
    await s.login(one.client, NEW)
    await s.login(two, NEW)
    expect(one.client.account.keys.state).toBe('keys-locked')
    expect(await codeOf(one.client.account.startNewIdentity(OLD))).toBe('wrong-credentials')
    const identity = (await s.recordNow()).identity
    await one.client.account.startNewIdentity(NEW)
    expect(one.client.account.keys.state).toBe('ready')
    expect((await s.recordNow()).identity).not.toBe(identity)
    expect(await s.deviceIds()).toHaveLength(1)
    expect(await codeOf(s.login(two, NEW))).toBe('account-replaced')
    await two.close()
    const again = await s.open(storage)
    await until(() => again.account.keys.state === 'account-replaced')
    expect(again.sync.status).toMatchObject({ state: 'problem', problem: 'account-replaced' })
    await again.close()
    s.between.isOnline = false
    const offline = await s.open(storage)
    expect(offline.account.keys.state).toBe('account-replaced')
    s.between.isOnline = true
    await offline.account.login({ login: s.name, password: NEW, acceptNewIdentity: true })
    expect(offline.account.keys.state).toBe('ready')
    expect(offline.sync.status.state).not.toBe('problem')
    expect(await s.deviceIds()).toHaveLength(2)
    await offline.close()
  })
})

it('[K15] a device that found its account replaced opens no socket any more, until that is accepted', async () => {
  await using one = await s.ada()
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
  const reopen = () =>
    openTestClient({ storage: store, server: s.server.url, fetch: s.between.fetch, WebSocket })
  const two = await reopen()
  await s.login(two)
  await two.privacy.set({ votes: 'open' })
  await until(() => sockets === 1)
  await one.client.account.resetPassword({ token: await s.resetToken(), login: s.name, newPassword: NEW })
  await s.login(two, NEW)
  await s.login(one.client, NEW)
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
  await again.account.login({ login: s.name, password: NEW, acceptNewIdentity: true })
  await until(() => sockets === 1)
  await again.close()
})
