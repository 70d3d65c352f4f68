// What a hostile server may do to sealed documents, and what comes of it. Each ends with everybody having everything.
import {
  CLOSE_CODES,
  type Message,
  NONCE_BYTES,
  type SealedPlace,
  sealContent,
} from '@workforce-democracy/shared'
import { expect } from 'vitest'
import * as Y from 'yjs'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { readHeld } from '../../client-sdk/src/sync/held-stamps.ts'
import { sealedKeysOf } from '../support/sealed-devices.ts'
import { until } from '../support/until.ts'
import type { Passing, Rule } from './hostile-server.ts'
import { type Device, patience, reports, type Story, sees } from './story.ts'

/** A case, as the table of docs/hostile-server.md tells it. */
export interface HostileCase {
  readonly what: string
  /** What devices call it, `–` where they cannot or need not notice. */
  readonly detected: string
  /** How it is made good, or why it does no harm. */
  readonly outcome: string
  readonly run: (story: Story) => Promise<void>
}

const isVotes = ({ document }: Passing) => document === 'votes'
const bringsContent = ({ message }: Passing) => message.type === 'update' || message.type === 'step2'

/** Does something else with messages that bring content of the votes. */
const onContent =
  (rule: Rule): Rule =>
  passing =>
    isVotes(passing) && bringsContent(passing) ? rule(passing) : passing.message

/** The newest stamp of its own envelopes that a device has kept: it does once it is told that all is durable. */
const heldOfItsOwn = ({ it: { replica } }: Device): number =>
  readHeld(replica, 'votes').newest.get(replica.device) ?? 0

/** Drops the next message with content of the votes, and lets all others pass. */
function dropNext(device: Device): () => boolean {
  let isDropped = false
  device.hostile.toDevice = onContent(passing => {
    if (isDropped || passing.message.type !== 'update') return passing.message
    isDropped = true
    return undefined
  })
  return () => isDropped
}

/** An envelope of this person, for whatever place, by a device that does not exist. */
async function envelopeFor(story: Story, place: Partial<SealedPlace>, bill: string): Promise<Uint8Array> {
  const { aead, randomBytes } = await loadSodium()
  const { vaultId, epoch, documentKey } = sealedKeysOf(story.person.user.id)
  const key = documentKey('votes', epoch) ?? new Uint8Array(32)
  const generation = await story.generation()
  const register = {
    key: bill,
    stamp: 2 ** 51,
    device: 'forger01',
    value: { choice: 'no', votedAt: '2026-01-01T00:00:00Z' },
  }
  return sealContent(
    { aead, key, epoch, vaultId, document: 'votes', generation, ...place },
    {
      ...{ device: 'forger01', stamp: 2 ** 51, prev: 0, seen: new Map(), chosen: 0, full: false },
      registers: [register],
    },
    randomBytes(NONCE_BYTES),
  )
}

/** Puts elements among the votes, and waits until both devices have met them. */
async function put(story: Story, elements: readonly unknown[]): Promise<void> {
  await story.change(array => array.push([...elements]))
  await story.a.voteDurably('hr3-119')
  await sees(story.b, 'hr3-119')
}

/** Neither device has taken in anything of these. */
function expectNone({ a, b }: Story, ...bills: string[]): void {
  for (const { seen } of [a, b]) for (const bill of bills) expect(seen).not.toContain(bill)
}

export const CASES: readonly HostileCase[] = [
  {
    what: 'drops an envelope on its way to a device',
    detected: '`tampered`, as soon as a later one names it',
    outcome: 'all others are seen; who has it brings it into the generation that the document is moved to',
    async run({ a, b }) {
      const isDropped = dropNext(b)
      await a.voteDurably('hr3-119')
      await until(isDropped)
      await a.voteDurably('hr4-119')
      await sees(b, 'hr4-119')
      await reports(b, 'tampered')
    },
  },
  {
    what: 'withholds the newest envelopes',
    detected: '`tampered`, when anything newer comes, or the settings of the other device name them (T5)',
    outcome: 'a device sees an older state until then; who has them brings them back',
    async run({ a, b }) {
      a.publishReceiptsMs = 300
      await a.reopen()
      b.hostile.toDevice = onContent(() => undefined)
      await a.voteDurably('hr3-119')
      await b.voteDurably('hr4-119')
      expect(b.seen).not.toContain('hr3-119')
      await reports(b, 'tampered')
    },
  },
  {
    what: 'shows two devices two histories',
    detected:
      '– while the two never meet, in `settings` neither; `tampered` as soon as one hears of the other',
    outcome: 'each keeps what it writes, and joins the other’s',
    async run({ a, b }) {
      for (const { hostile } of [a, b])
        hostile.toDevice = passing => (bringsContent(passing) ? undefined : passing.message)
      await Promise.all([a.voteDurably('hr3-119'), b.voteDurably('hr4-119')])
      await Promise.all([a.voteDurably('hr5-119'), b.voteDurably('hr6-119')])
    },
  },
  {
    what: 'sends envelopes in another order',
    detected: '–',
    outcome: 'order means nothing',
    async run({ a, b }) {
      const held: Message[] = []
      b.hostile.toDevice = onContent(({ message }) => {
        if (held.length < 2) held.push(message)
        return held.length < 3 ? (held.length === 2 ? held.reverse() : undefined) : message
      })
      await a.voteDurably('hr3-119')
      await a.voteDurably('hr4-119')
      await sees(b, 'hr3-119', 'hr4-119')
      expect(b.reported).toEqual([])
    },
  },
  {
    what: 'sends everything twice, and old frames again later',
    detected: '–',
    outcome: 'what is known already is known',
    async run({ a, b }) {
      const all: Message[] = []
      b.hostile.toDevice = onContent(({ message }) => {
        all.push(message)
        return [...all, message]
      })
      await a.voteDurably('hr3-119')
      await a.voteDurably('hr4-119')
      await sees(b, 'hr3-119', 'hr4-119')
      expect(b.reported).toEqual([])
    },
  },
  {
    what: 'answers a device that comes back with an old snapshot',
    detected: '`rolled-back`',
    outcome: 'the device moves the document to a generation with all that it has',
    async run({ a, b }) {
      const old = await snapshot(b)
      await a.voteDurably('hr3-119')
      const before = heldOfItsOwn(b)
      await b.voteDurably('hr4-119')
      await sees(b, 'hr3-119')
      await until(() => heldOfItsOwn(b) > before)
      b.hostile.toDevice = onContent(({ message }) =>
        message.type === 'step2' ? { type: 'step2', update: old } : message,
      )
      await b.reopen()
      await reports(b, 'rolled-back')
    },
  },
  {
    what: 'forges Yjs’s deletion of an envelope',
    detected: '`rolled-back`',
    outcome: 'moved to a generation with all that the device has',
    async run(story) {
      const generation = await story.generation()
      await story.change(array => array.delete(array.length - 1))
      await until(
        () => [story.a, story.b].some(({ reported }) => reported.includes('rolled-back')),
        patience.ms,
      )
      await until(async () => (await story.generation()) > generation, patience.ms)
    },
  },
  {
    what: 'deletes everything',
    detected: '`rolled-back`',
    outcome: 'the same',
    async run(story) {
      await story.change(array => array.delete(0, array.length))
      await until(
        () => [story.a, story.b].some(({ reported }) => reported.includes('rolled-back')),
        patience.ms,
      )
    },
  },
  {
    what: 'claims to have what a device has not sent (an inflated state vector), and acknowledges it',
    detected: '`rolled-back`, when the device comes back',
    outcome: 'moved to a generation with all that the device has',
    async run({ b }) {
      const { hostile } = b
      const before = heldOfItsOwn(b)
      hostile.fromDevice = onContent(() => undefined)
      await b.vote('hr3-119')
      await until(() => b.it.replica.pendingCount('votes') === 1)
      hostile.toDevice = passing => {
        const { message } = passing
        if (!isVotes(passing) || message.type !== 'step1') return message
        const claimed = Y.decodeStateVector(message.stateVector)
        for (const client of claimed.keys()) claimed.set(client, 1_000_000)
        return { type: 'step1', stateVector: Y.encodeStateVector(claimed) }
      }
      hostile.fromDevice = ({ message }) => message
      hostile.cut()
      await until(() => b.it.replica.pendingCount('votes') === 0, patience.ms)
      await until(() => heldOfItsOwn(b) > before)
      hostile.becomeHonest()
      await b.reopen()
      await reports(b, 'rolled-back')
    },
  },
  {
    what: 'acknowledges what it has not stored',
    detected: '`rolled-back`, when the device comes back',
    outcome: 'moved to a generation with all that the device has',
    async run({ b }) {
      const { hostile } = b
      const before = heldOfItsOwn(b)
      hostile.fromDevice = passing => {
        if (!isVotes(passing) || passing.message.type !== 'update') return passing.message
        passing.inject({ type: 'durable', count: 1_000_000, position: 1 })
        return undefined
      }
      await b.voteDurably('hr3-119')
      await until(() => heldOfItsOwn(b) > before)
      hostile.becomeHonest()
      await b.reopen()
      await reports(b, 'rolled-back')
    },
  },
  {
    what: 'squats on a device’s Yjs client id and clock',
    detected: '–',
    outcome: 'the device draws another id; what stands there opens nowhere and is passed over',
    async run({ a, b }) {
      b.hostile.fromDevice = squat((client, clock) => garbageAt(client, clock))
      await b.vote('hr3-119')
      await b.vote('hr4-119')
      await sees(a, 'hr3-119', 'hr4-119')
    },
  },
  {
    what: 'squats on clocks that a device has yet to reach',
    detected: '–, or `tampered` once what they stand for is missing elsewhere',
    outcome: 'who has it brings it into the generation that the document is moved to',
    async run({ a, b }) {
      b.hostile.fromDevice = squat((client, clock) => garbageAt(client, clock + 2))
      for (const n of [3, 4, 5, 6]) await b.vote(`hr${n}-119`)
      await sees(a, 'hr3-119')
    },
  },
  {
    what: 'puts in envelopes of another document, person, generation, or key',
    detected: '–',
    outcome: 'none opens in a place that it was not sealed for; they are passed over and counted',
    async run(story) {
      const stranger = sealedKeysOf('019f0000-0000-7000-8000-000000000000')
      await put(story, [
        ...(await story.envelopes('settings')),
        await envelopeFor(story, { document: 'notes' }, 'hr90-119'),
        await envelopeFor(story, { generation: 77 }, 'hr91-119'),
        await envelopeFor(story, { vaultId: stranger.vaultId }, 'hr92-119'),
        await envelopeFor(story, { key: stranger.documentKey('votes', 0) ?? new Uint8Array(32) }, 'hr93-119'),
      ])
      expectNone(story, 'hr90-119', 'hr91-119', 'hr92-119', 'hr93-119')
    },
  },
  {
    what: 'moves envelopes of an earlier generation into the present one',
    detected: '–',
    outcome: 'they do not open there',
    async run(story) {
      const old = await story.envelopes()
      const generation = await story.generation()
      await story.change(array => array.delete(0, array.length))
      await until(async () => (await story.generation()) > generation, patience.ms)
      await put(story, old)
    },
  },
  {
    what: 'puts in an envelope that names an epoch to come',
    detected: '`keys-outdated`, then `tampered` once the account’s record knows of no such epoch',
    outcome: 'moved to a generation without it',
    async run(story) {
      const generation = await story.generation()
      const forged = await envelopeFor(story, { epoch: 9 }, 'hr90-119')
      await story.change(array => array.push([forged]))
      await until(() => [story.a, story.b].some(({ reported }) => reported.includes('tampered')), patience.ms)
      await until(async () => (await story.generation()) > generation, patience.ms)
      expectNone(story, 'hr90-119')
    },
  },
  {
    what: 'puts in garbage: empty, short, cut off, changed in a bit, large',
    detected: '–',
    outcome: 'passed over and counted',
    async run(story) {
      const [real = new Uint8Array(1)] = await story.envelopes()
      const changed = Uint8Array.from(real)
      changed[changed.length - 1] = 255 - (changed.at(-1) ?? 0)
      const garbage = [new Uint8Array(0), Uint8Array.of(1), real.slice(0, 40), real.slice(0, -1)]
      await put(story, [...garbage, changed, new Uint8Array(300_000).fill(7)])
    },
  },
  {
    what: 'tells a device things that are no bytes',
    detected: '–',
    outcome: 'passed over and counted; no server stores them (G10)',
    async run({ a, b }) {
      const doc = new Y.Doc()
      doc.getArray('sealed').push(['a text', 7, null, { choice: 'no' }])
      doc.getMap('registers').set('hr90-119', 'no')
      const update = Y.encodeStateAsUpdate(doc)
      let isTold = false
      b.hostile.toDevice = onContent(passing => {
        if (!isTold) passing.inject({ type: 'update', update })
        isTold = true
        return passing.message
      })
      await a.voteDurably('hr3-119')
      await sees(b, 'hr3-119')
      expect(b.seen).not.toContain('hr90-119')
    },
  },
  {
    what: 'sends frames that are none',
    detected: '–',
    outcome: 'passed over, or the connection is given up and made again',
    async run({ a, b }) {
      let frames = 0
      b.hostile.toDevice = passing => {
        if (frames++ < 12) for (const bytes of GARBAGE_FRAMES) passing.inject(bytes)
        return passing.message
      }
      await a.voteDurably('hr3-119')
      await sees(b, 'hr3-119')
    },
  },
  {
    what: 'says that the document has moved, to where it is not',
    detected: '–',
    outcome: 'the device asks there, and is told where it is',
    async run({ a, b }) {
      let lies = 0
      b.hostile.toDevice = passing => {
        if (isVotes(passing) && bringsContent(passing) && lies++ < 2) {
          passing.inject({ type: 'moved', generation: 70 + lies })
          passing.close(CLOSE_CODES.moved)
          return undefined
        }
        return passing.message
      }
      b.hostile.cut()
      await a.voteDurably('hr3-119')
      await sees(b, 'hr3-119')
    },
  },
  {
    what: 'says that the sealed document is open',
    detected: '–',
    outcome: 'the device reads what it is shown and sends nothing in clear (L13)',
    async run({ b }) {
      let lies = 0
      const { hostile } = b
      hostile.toDevice = passing => {
        if (!isVotes(passing)) return passing.message
        if (passing.target.includes('mode=sealed')) {
          // The generation that it named has another mode.
          const generation = Number(/generation=(\d+)/.exec(passing.target)?.[1])
          lies++
          passing.inject({ type: 'moved', generation })
          passing.close(CLOSE_CODES.moved)
          return undefined
        }
        return passing.message
      }
      hostile.cut()
      await b.vote('hr3-119')
      await until(() => lies > 2, patience.ms)
      await b.vote('hr4-119')
    },
  },
  {
    what: 'refuses with every close code',
    detected: 'the code’s problem, while it lasts',
    outcome: 'the device keeps what it has, and comes back',
    async run({ b }) {
      const { hostile } = b
      for (const code of Object.values(CLOSE_CODES)) {
        let isRefused = false
        hostile.toDevice = passing => {
          if (isRefused || !isVotes(passing)) return passing.message
          isRefused = true
          passing.close(code)
          return undefined
        }
        hostile.cut()
        await until(() => {
          void b.it.sync.flush()
          return isRefused
        }, patience.ms)
      }
      await b.voteDurably('hr3-119')
    },
  },
  {
    what: 'lies about a move: that it was made, or never will be',
    detected: '–',
    outcome: 'the device looks where the document is, and asks again',
    async run(story) {
      const { a, b } = story
      let lies = 0
      for (const { hostile } of [a, b])
        hostile.answer = path =>
          path.endsWith('/generation') && lies++ < 3 ? { generation: 90, position: 5 } : undefined
      await story.change(array => array.delete(0, 1))
      await until(() => lies > 0, patience.ms)
    },
  },
  {
    what: 'says nothing any more',
    detected: '`offline` or `catching-up`',
    outcome: 'the device goes on by itself',
    async run({ b }) {
      b.hostile.toDevice = () => undefined
      b.hostile.cut()
      await b.vote('hr3-119')
      expect(b.seen).toContain('hr3-119')
      await until(() => ['offline', 'catching-up'].includes(b.it.sync.status.state))
    },
  },
]

const GARBAGE_FRAMES = [
  Uint8Array.of(),
  Uint8Array.of(99),
  Uint8Array.of(0),
  Uint8Array.of(0, 7),
  Uint8Array.of(0, 2, 255, 255, 255, 255, 255, 255),
  Uint8Array.of(4, 255),
  Uint8Array.of(5),
  Uint8Array.of(1, 3, 255, 255, 255),
]

/** What the server answers a device that comes new. */
async function snapshot(device: Device): Promise<Uint8Array> {
  let update: Uint8Array | undefined
  device.hostile.toDevice = passing => {
    if (isVotes(passing) && passing.message.type === 'step2') update = passing.message.update
    return passing.message
  }
  await device.reopen()
  const found = await until(() => update)
  await until(() => device.it.sync.status.state === 'durable', patience.ms)
  return found
}

/** Tells a device, before it hears anything else, of an element under its own client id. */
function squat(forge: (client: number, clock: number) => Uint8Array): Rule {
  let isDone = false
  return passing => {
    if (!isVotes(passing) || passing.message.type !== 'update' || isDone) return passing.message
    const [struct] = Y.decodeUpdate(passing.message.update).structs
    if (!struct) return passing.message
    isDone = true
    passing.inject({ type: 'update', update: forge(struct.id.client, struct.id.clock + struct.length) })
    return passing.message
  }
}

/** An update with one element of garbage under this id. */
function garbageAt(client: number, clock: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = client
  const array = doc.getArray('sealed')
  for (let n = 0; n <= clock; n++) array.push([Uint8Array.of(n)])
  const vector = Y.encodeStateVector(new Map([[client, clock]]))
  return clock === 0 ? Y.encodeStateAsUpdate(doc) : Y.encodeStateAsUpdate(doc, vector)
}
