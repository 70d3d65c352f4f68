// What devices make of records and bundles that are not what their account has, when a real server's answers are changed.
import type { SignedRecord } from '@workforce-democracy/shared'
import { describe, expect, it, vi } from 'vitest'
import { until } from '../support/until.ts'
import { AccountStories, NEW, OLD } from './account-stories.ts'
import { codeOf, openTestClient } from './clients.ts'

vi.mock(import('../../client-sdk/src/keys/argon2id.ts'), async original => ({
  ...(await original()),
  argon2id: (await import('./quick-argon2.ts')).quickArgon2id,
}))

const s = AccountStories.use()

describe('a server that lies', () => {
  /** Ada with two devices, a record of before, and a device of a stranger. */
  async function story() {
    const one = await s.ada()
    const older = structuredClone(await s.keysNow())
    const two = await s.open()
    await s.login(two)
    const stranger = await s.open()
    const eveName = `eve-${s.name}`
    await stranger.account.register({ username: eveName, password: OLD })
    const eve = structuredClone(await s.keysNow(eveName))
    const close = () => Promise.all([one.client, two, stranger].map(each => each.close()))
    return { ...one, two, older, eve, [Symbol.asyncDispose]: async () => void (await close()) }
  }
  /** Puts something else in the place of what it has. */
  const show = (change: object) => {
    s.between.lie = (_, body) => {
      const answer = body as Record<string, unknown> & { keys?: object }
      if (answer.record) return { ...answer, ...change }
      return answer.keys ? { ...answer, keys: { ...answer.keys, ...change } } : answer
    }
  }
  const unsigned = ({ body, signature }: SignedRecord) => ({ body, signature: `A${signature.slice(1, -1)}A` })

  it('[K8] at sign-in: older, unsigned and foreign records are refused, and leave no session', async () => {
    await using at = await story()
    const { two, older, eve } = at
    const present = structuredClone(await s.keysNow())
    for (const [change, code] of [
      [older, 'record-refused'],
      [{ record: unsigned(present.record) }, 'record-refused'],
      [{ record: eve.record }, 'account-replaced'],
      [{ record: eve.record, bundle: eve.bundle }, 'account-replaced'],
      [{ bundle: eve.bundle }, 'envelope-damaged'],
    ] as const) {
      show(change)
      const sessions = await s.stored.liveDevices(s.name)
      expect(await codeOf(s.login(two))).toBe(code)
      expect(await s.stored.liveDevices(s.name)).toEqual(sessions)
    }
    expect((await s.recordNow()).number).toBe(2)
  })

  it('[K9] at sign-in on a new device: what the bundle does not vouch for is refused', async () => {
    await using at = await story()
    const present = structuredClone(await s.keysNow())
    for (const [change, code] of [
      [{ record: at.older.record }, 'record-refused'],
      [{ record: unsigned(present.record) }, 'record-refused'],
      [{ record: at.eve.record }, 'envelope-damaged'],
      [{ record: at.eve.record, bundle: at.eve.bundle }, 'envelope-damaged'],
    ] as const) {
      show(change)
      await using fresh = await s.open()
      expect(await codeOf(s.login(fresh))).toBe(code)
      expect(fresh.account.current()).toBeUndefined()
      expect(fresh.account.keys.state).toBe('none')
    }
    expect((await s.recordNow()).number).toBe(2)
  })

  it('[K15] while it is followed: older ones are reported, another identity stops the sync', async () => {
    await using at = await story()
    let skippedMs = 0
    await using two = await openTestClient({
      server: s.server.url,
      fetch: s.between.fetch,
      now: () => Date.now() + skippedMs,
    })
    await s.login(two)
    const follow = () => {
      skippedMs += 11 * 60_000
      return two.account.accessToken()
    }
    const present = structuredClone(await s.keysNow())
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
    const present = structuredClone(await s.keysNow())
    const recovery = { login: s.name, recoveryCode: at.recoveryCode, newPassword: NEW }
    for (const [change, code] of [
      [at.older, 'record-refused'],
      [{ record: unsigned(present.record) }, 'record-refused'],
      [{ record: at.eve.record }, 'account-replaced'],
    ] as const) {
      show(change)
      expect(await codeOf(at.two.account.recover(recovery))).toBe(code)
    }
    await using fresh = await s.open()
    show({ record: at.eve.record })
    expect(await codeOf(fresh.account.recover(recovery))).toBe('envelope-damaged')
    expect((await s.recordNow()).number).toBe(2)
  })

  it('[K14] that says that there are no keys any more gets none anew from a device that knows better', async () => {
    await using at = await story()
    s.between.lie = (_, body) => ({ ...(body as object), keys: undefined })
    expect(await codeOf(s.login(at.two))).toBe('account-replaced')
  })
})
