import { createMemoryStore, createSqliteStore } from '@workforce-democracy/client/node'
import { DOCUMENT_NAMES, type Register, STAMPS_PER_MS } from '@workforce-democracy/shared'
import { describe, expect, it } from 'vitest'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { nameOfRow } from '../../client-sdk/src/replica/replica-rows.ts'
import { openReplica, type Replica } from '../../client-sdk/src/replica.ts'
import { openEncryptedRows } from '../../client-sdk/src/store/encrypted-rows.ts'
import type { Store } from '../../client-sdk/src/store/store.ts'
import { codeOf, faultyStore, STORE_SECRET, temporaryDirectory } from './clients.ts'

const NOW_MS = Date.UTC(2026, 2, 1)

async function openTestReplica(
  store: Store = createMemoryStore(),
  now: () => number = () => NOW_MS,
): Promise<Replica> {
  const sodium = await loadSodium()
  const lock = { storeSecret: STORE_SECRET }
  const rows = await openEncryptedRows({ store, sodium, lock, nameOf: nameOfRow, onDamage: 'refuse' })
  return openReplica({ rows, now, randomBytes: sodium.randomBytes })
}

const put = (key: string, value: number) => () => [{ key, value }]
const openVotes = (replica: Replica) =>
  replica.write('settings', () => [{ key: 'mode/votes', value: 'open' }])
const foreign = (key: string, stamp: number, value: number): Register => ({
  key,
  stamp,
  device: 'elsewher',
  value,
})

describe('saving', () => {
  it('changes memory and tells listeners only after the store has committed', async () => {
    const { store, hold } = faultyStore()
    await using replica = await openTestReplica(store)
    const told: string[] = []
    replica.subscribe(({ document }) => told.push(document))
    replica.onWritten((document, registers) => told.push(`${document} ${registers.length}`))
    const release = hold()
    const saved = replica.write('votes', put('a', 1))
    await Promise.resolve()
    expect(replica.state('votes').size).toBe(0)
    expect(told).toEqual([])
    release()
    await saved
    expect(replica.state('votes').get('a')?.value).toBe(1)
    expect(told).toEqual(['votes 1', 'votes'])
  })

  it('saves what arrives during a commit together in the next one, each on the newest state', async () => {
    const { store, batches, hold } = faultyStore()
    await using replica = await openTestReplica(store)
    const before = batches.length
    const release = hold()
    const increment = () =>
      replica.write('votes', state => [{ key: 'n', value: Number(state.get('n')?.value ?? 0) + 1 }])
    const first = increment()
    await Promise.resolve()
    const others = Array.from({ length: 20 }, increment)
    release()
    await Promise.all([first, ...others])
    expect(replica.state('votes').get('n')?.value).toBe(21)
    expect(batches.length - before).toBeLessThanOrEqual(2)
  })

  it('saves very much that arrives at once in several commits, in order', async () => {
    const { store, batches } = faultyStore()
    await using replica = await openTestReplica(store)
    const before = batches.length
    await Promise.all(Array.from({ length: 2000 }, (_, n) => replica.write('votes', put(`${n}`, n))))
    const sizes = batches.slice(before).map(({ put: rows }) => rows.length)
    // Each has the writer's row as well.
    expect(sizes).toEqual([513, 513, 513, 465])
    expect([...replica.state('votes').keys()]).toEqual(Array.from({ length: 2000 }, (_, n) => `${n}`))
  })

  it('a failed commit rejects with store-failed, leaves memory as it was, and the next write goes through', async () => {
    const { store, fail } = faultyStore()
    await using replica = await openTestReplica(store)
    await replica.write('votes', put('a', 1))
    const told: string[] = []
    replica.subscribe(({ document }) => told.push(document))
    fail(true)
    const failed = await Promise.all([
      codeOf(replica.write('votes', put('a', 2))),
      codeOf(replica.write('votes', put('b', 2))),
      codeOf(replica.join('votes', [foreign('c', 5, 5)], { durable: true })),
      codeOf(replica.meta.set('name', 'value')),
    ])
    expect(failed).toEqual(Array(4).fill('store-failed'))
    expect([...replica.state('votes').values()].map(({ key, value }) => [key, value])).toEqual([['a', 1]])
    expect(replica.pendingCount()).toBe(1)
    expect(replica.meta.get('name')).toBeUndefined()
    expect(told).toEqual([])
    fail(false)
    const { registers } = await replica.write('votes', put('a', 3))
    expect(replica.state('votes').get('a')).toEqual(registers[0])
  })

  it('a write that cannot be computed or kept fails alone', async () => {
    await using replica = await openTestReplica()
    const outcomes = await Promise.all([
      codeOf(replica.write('votes', put('a', 1))),
      codeOf(
        replica.write('votes', () => {
          throw new RangeError('no')
        }),
      ),
      codeOf(replica.write('votes', put('', 1))),
      codeOf(replica.write('votes', put('k'.repeat(1025), 1))),
      codeOf(replica.write('votes', put('b', Number.NaN))),
      codeOf(replica.write('votes', put('c', 1))),
    ])
    expect(outcomes).toEqual([
      'none',
      'RangeError: no',
      'invalid-key',
      'invalid-key',
      'invalid-input',
      'none',
    ])
    expect([...replica.state('votes').keys()]).toEqual(['a', 'c'])
  })

  it('keeps device name, registers, pending marks and small values across restarts', async () => {
    await using directory = await temporaryDirectory()
    const store = () => createSqliteStore({ path: directory.at('store.sqlite') })
    const before = await openTestReplica(store())
    await openVotes(before)
    const { registers } = await before.write('votes', put('a', 1))
    await before.write('votes', put('b', 2))
    await before.markDurable('votes', registers)
    await before.meta.set('bytes', new Uint8Array([1, 2, 3]))
    const [device, votes] = [before.device, [...before.state('votes').values()]]
    await before.close()
    await using after = await openTestReplica(store())
    expect(after.device).toBe(device)
    expect([...after.state('votes').values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(votes)
    expect(after.pendingRegisters('votes').map(({ key }) => key)).toEqual(['b'])
    expect(after.meta.get('bytes')).toEqual(new Uint8Array([1, 2, 3]))
  })

  it('after closing everything is refused with client-closed', async () => {
    const replica = await openTestReplica()
    const write = replica.write('votes', put('a', 1))
    await replica.close()
    expect(await codeOf(write)).toBe('none')
    expect(await codeOf(replica.write('votes', put('a', 2)))).toBe('client-closed')
    expect(await codeOf(replica.join('votes', [], { durable: true }))).toBe('client-closed')
  })
})

describe('stamps', () => {
  it('never go back, also when the clock does and the store is reopened in between', async () => {
    const store = createMemoryStore()
    const clocks = [NOW_MS, NOW_MS - 20 * 365 * 86_400_000, 0, NOW_MS + 86_400_000, NOW_MS]
    const stamps: number[] = []
    for (const clock of clocks) {
      await using replica = await openTestReplica(store, () => clock)
      for (const key of ['a', 'b']) {
        const { registers } = await replica.write('votes', put(key, stamps.length))
        stamps.push(registers[0]!.stamp)
      }
    }
    expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b))
  })

  it('a write beats what it saw, even of a device whose clock is years ahead', async () => {
    await using replica = await openTestReplica()
    const ahead = foreign('a', (NOW_MS + 10 * 365 * 86_400_000) * STAMPS_PER_MS, 1)
    await replica.join('votes', [ahead], { durable: true })
    await replica.write('votes', put('a', 2))
    expect(replica.state('votes').get('a')?.value).toBe(2)
    const { registers } = await replica.write('votes', put('b', 1))
    expect(registers[0]!.stamp).toBeLessThan(ahead.stamp + STAMPS_PER_MS)
  })

  it('follow the server’s clock once it is known', async () => {
    await using replica = await openTestReplica(createMemoryStore(), () => NOW_MS - 3_600_000)
    replica.setServerOffset(3_600_000)
    const { registers } = await replica.write('votes', put('a', 1))
    expect(registers[0]!.stamp).toBe(NOW_MS * STAMPS_PER_MS)
  })
})

describe('durability', () => {
  it('a write is pending until the server has exactly it', async () => {
    await using replica = await openTestReplica()
    await openVotes(replica)
    const first = await replica.write('votes', put('a', 1))
    const second = await replica.write('votes', put('a', 2))
    await replica.markDurable('votes', first.registers)
    expect(replica.pendingRegisters('votes')).toEqual(second.registers)
    await first.durable()
    await replica.markDurable('votes', second.registers)
    expect(replica.pendingCount('votes')).toBe(0)
    await second.durable()
  })

  it('a greater register from the server makes a waiting write durable', async () => {
    await using replica = await openTestReplica()
    await openVotes(replica)
    const saved = await replica.write('votes', put('a', 1))
    const durable = saved.durable()
    const greater = foreign('a', saved.registers[0]!.stamp + 1, 9)
    expect(await replica.join('votes', [greater], { durable: true })).toEqual([greater])
    await durable
    expect(replica.pendingCount('votes')).toBe(0)
  })

  it('an older register from the server changes nothing, and the newer one here stays pending', async () => {
    await using replica = await openTestReplica()
    await openVotes(replica)
    const { registers } = await replica.write('votes', put('a', 1))
    expect(await replica.join('votes', [foreign('a', 1, 9)], { durable: true })).toEqual([])
    expect(replica.pendingRegisters('votes')).toEqual(registers)
  })

  it('the same register from the server clears pending, and counts as no change', async () => {
    await using replica = await openTestReplica()
    await openVotes(replica)
    const { registers } = await replica.write('votes', put('a', 1))
    expect(await replica.join('votes', registers, { durable: true })).toEqual([])
    expect(replica.pendingCount('votes')).toBe(0)
  })

  it('what is imported is pending, and told to the sync like a write', async () => {
    await using replica = await openTestReplica()
    const written: unknown[] = []
    replica.onWritten((document, registers) => written.push([document, registers]))
    const register = foreign('a', 7, 7)
    await replica.join('votes', [register], { durable: false })
    expect(replica.pendingRegisters('votes')).toEqual([register])
    expect(written).toEqual([['votes', [register]]])
    await replica.join('votes', [foreign('b', 7, 7)], { durable: true })
    expect(written).toHaveLength(1)
  })

  it('waiting for a local document is refused at once, and when the document becomes local again', async () => {
    await using replica = await openTestReplica()
    const saved = await replica.write('votes', put('a', 1))
    expect(await codeOf(saved.durable())).toBe('consent-required')
    await openVotes(replica)
    const waiting = codeOf(saved.durable())
    await replica.write('settings', () => [{ key: 'mode/votes', value: null }])
    expect(await waiting).toBe('consent-required')
  })

  it('a mode that another device chose opens nothing here', async () => {
    await using replica = await openTestReplica()
    await replica.join('settings', [{ ...foreign('mode/votes', 5, 0), value: 'open' }], { durable: false })
    expect([...replica.modes()]).toEqual([])
  })

  it('closing ends every wait with client-closed', async () => {
    const replica = await openTestReplica()
    await openVotes(replica)
    const waiting = codeOf((await replica.write('votes', put('a', 1))).durable())
    await replica.close()
    expect(await waiting).toBe('client-closed')
  })
})

it('a listener that throws stops neither the write nor the other listeners', async () => {
  await using replica = await openTestReplica()
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const handlers = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', onError)
  try {
    const told: string[] = []
    replica.subscribe(() => {
      throw new RangeError('listener')
    })
    replica.subscribe(({ document }) => told.push(document))
    await replica.write('votes', put('a', 1))
    expect(told).toEqual(['votes'])
    await new Promise(resolve => setImmediate(resolve))
    expect(errors).toHaveLength(1)
  } finally {
    process.removeListener('uncaughtException', onError)
    for (const handler of handlers) process.on('uncaughtException', handler)
  }
})

it('every document starts empty', async () => {
  await using replica = await openTestReplica()
  expect(DOCUMENT_NAMES.map(name => replica.state(name).size)).toEqual(Array(6).fill(0))
  expect(replica.device).toMatch(/^[a-z0-9]{8}$/)
})
