// Attacks in batches, and after each batch a look at whether the server has come through unharmed.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  EMPTY_UPDATE,
  type OpenableDocument,
  type ReadonlyState,
  RegisterArray,
  type SessionResponse,
} from '@workforce-democracy/shared'
import { expect } from 'vitest'
import * as Y from 'yjs'
import { connectRaw } from '../support/raw-client.ts'
import type { TestServer } from '../support/server.ts'
import { openStoredDocuments, type StoredDocuments } from '../support/stored-documents.ts'
import { attack, count, type Outcomes } from './attack.ts'
import { attackHandshakes, HANDSHAKES } from './hostile-handshakes.ts'
import { LEAK } from './hostile-updates.ts'
import { Seeded } from './seeded.ts'
import { startWitness } from './witness.ts'

/** Frames of one attack: at one document, from one seed. */
export const FRAMES_PER_ATTACK = 250
/** Documents of the attacked person; the witness has the fourth. */
const ATTACKED: readonly OpenableDocument[] = ['votes', 'bookmarks', 'progress']
const WITNESSED = 'profile'
const PEOPLE_AT_ONCE = 2
/** What may be in use more after garbage collection than after the first batch: caches fill up, frames are not kept. */
const MAX_MEMORY_GROWTH_BYTES = 48 * 1024 * 1024

/** What a run did. */
export interface FuzzReport {
  readonly outcomes: Outcomes
  readonly frames: number
  readonly handshakes: number
  readonly witnessed: number
  /** Of heap and buffers, garbage collected, from the end of the first batch to the end of the last. */
  readonly memoryGrowthBytes: number
}

/** How much to do. */
export interface FuzzOptions {
  readonly seed: number
  readonly frames: number
  readonly onBatch?: (done: number) => void
}

/**
 * Attacks a server with at least `frames` hostile frames. The attacks have the seeds `seed`, `seed` + 1, …
 *
 * @throws Error when the server did not come through; the message names the seed
 */
export async function fuzz(server: TestServer, options: FuzzOptions): Promise<FuzzReport> {
  await using stored = openStoredDocuments(server)
  using failures = watchForFailures()
  const outcomes: Outcomes = new Map()
  let { seed } = options
  let frames = 0
  let handshakes = 0
  let witnessed = 0
  let bytesAtFirst = 0
  while (frames < options.frames) {
    const seeds = Array.from({ length: PEOPLE_AT_ONCE }, (_, n) => seed + n * ATTACKED.length)
    for (const batch of await allOf(seeds.map(each => attackPerson(server, stored, each)))) {
      for (const one of batch.outcomes) add(outcomes, one)
      witnessed += batch.witnessed
    }
    failures.check(server)
    frames += PEOPLE_AT_ONCE * ATTACKED.length * FRAMES_PER_ATTACK
    handshakes += PEOPLE_AT_ONCE * HANDSHAKES
    seed += PEOPLE_AT_ONCE * ATTACKED.length
    bytesAtFirst ||= usedBytes()
    options.onBatch?.(frames)
  }
  const memoryGrowthBytes = usedBytes() - bytesAtFirst
  expect(memoryGrowthBytes).toBeLessThan(MAX_MEMORY_GROWTH_BYTES)
  return { outcomes, frames, handshakes, witnessed, memoryGrowthBytes }
}

/** Attacks documents of one person, beside witnesses on another of theirs and on another person's of the same name. */
async function attackPerson(server: TestServer, stored: StoredDocuments, seed: number) {
  const [attacked, bystander] = await Promise.all([server.register(), server.register()])
  const { accessToken } = attacked
  const witnesses = await Promise.all([
    startWitness(server.url, WITNESSED, accessToken, seed % 2 === 0 ? 'socket' : 'channel'),
    startWitness(server.url, 'votes', bystander.accessToken),
    startWitness(server.url, 'bookmarks', bystander.accessToken, 'channel'),
  ])
  let outcomes: Outcomes[] = []
  let witnessed = 0
  try {
    await attackHandshakes(server.url, accessToken, new Seeded(seed))
    const attacks = ATTACKED.map((document, n) => {
      const target = { url: server.url, document, accessToken, othersToken: bystander.accessToken }
      return attack(target, seed + n, FRAMES_PER_ATTACK)
    })
    outcomes = await allOf(attacks)
  } finally {
    for (const writes of await allOf(witnesses.map(witness => witness.stop()))) witnessed += writes
  }
  await allOf(ATTACKED.map((document, n) => checkAttacked(server, stored, attacked, document, seed + n)))
  return { outcomes, witnessed }
}

async function checkAttacked(
  server: TestServer,
  stored: StoredDocuments,
  person: SessionResponse,
  document: OpenableDocument,
  seed: number,
): Promise<void> {
  try {
    await checkDocument(server, stored, person, document)
  } catch (cause) {
    throw new Error(`Seed ${seed}: the attacked document is harmed`, { cause })
  }
}

/** Waits for all to end, then for the first failure: none goes on behind our back. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

function add(outcomes: Outcomes, more: Outcomes): void {
  for (const [kind, countByOutcome] of more) {
    for (const [outcome, n] of countByOutcome) count(outcomes, kind, outcome, n)
  }
}

/** What the server makes of a person's open documents. */
const READ_PATHS = ['/api/civic/votes', '/api/resources/recommended', '/api/user/data-export']

/**
 * A new client must get the document whole, before and after compaction, and the server must still read it: what is
 * projected is what lies in its array of registers.
 */
export async function checkDocument(
  server: TestServer,
  stored: StoredDocuments,
  person: SessionResponse,
  document: OpenableDocument,
): Promise<void> {
  const ref = { personId: person.user.id, document }
  await settled(server.url, person.accessToken, document)
  const before = await syncedDocument(server.url, person.accessToken, document)
  const opened = await stored.read(ref)
  const uses = { recommendations: 'server' }
  await server.call('PUT', '/api/user/privacy', { token: person.accessToken, body: { uses } })
  for (const path of READ_PATHS) {
    expect((await server.call('GET', path, { token: person.accessToken })).status).toBe(200)
  }
  if (opened) await stored.compact(ref)
  const after = await syncedDocument(server.url, person.accessToken, document)
  expect(vectorOf(after)).toEqual(vectorOf(before))
  const registers = stateOf(after)
  expect(registers).toEqual(stateOf(before))
  const projected = await stored.projected(person.user.id, document)
  for (const [key, { stamp }] of registers) expect(projected.get(key)?.stamp).toBeGreaterThanOrEqual(stamp)
  expect([...projected.keys()].filter(key => key.startsWith(LEAK))).toEqual([])
}

/** An update of nothing is acknowledged after all that the attack has left to be committed. */
async function settled(url: string, accessToken: string, document: string): Promise<void> {
  await using client = await connectRaw(url, document, accessToken)
  client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
  client.send({ type: 'step2', update: EMPTY_UPDATE })
  await client.durable(1)
}

/** What a client without anything is sent, taken in by Yjs: nothing of it may be left over. */
async function syncedDocument(url: string, accessToken: string, document: string): Promise<Y.Doc> {
  await using client = await connectRaw(url, document, accessToken)
  client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
  await client.nth('step2')
  const doc = new Y.Doc()
  for (const message of client.messages) {
    if (message.type === 'update' || message.type === 'step2') Y.applyUpdate(doc, message.update)
  }
  expect(doc.store.pendingStructs ?? doc.store.pendingDs).toBeNull()
  return doc
}

const vectorOf = (doc: Y.Doc) => Y.decodeStateVector(Y.encodeStateVector(doc))

function stateOf(doc: Y.Doc): ReadonlyState {
  const registers = new RegisterArray(doc)
  const state = registers.state()
  registers.destroy()
  return state
}

/** Anything that nobody caught, and anything that the server itself calls an error. */
function watchForFailures() {
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  return {
    check(server: TestServer) {
      expect(uncaught).toEqual([])
      expect(server.log.filter(line => JSON.parse(line).level >= ERROR_LEVEL)).toEqual([])
    },
    [Symbol.dispose]() {
      process.off('uncaughtException', note)
      process.off('unhandledRejection', note)
    },
  }
}

/** Of pino. */
const ERROR_LEVEL = 50

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Frames are buffers, which lie outside the heap. */
function usedBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
