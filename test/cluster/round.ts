// One round of the cluster test: people write on devices that go from server to server, of which one is killed and comes back.
import {
  joinAll,
  joinRegister,
  type ReadonlyState,
  RegisterArray,
  type SessionResponse,
  type State,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { updatesOf } from '../../server/src/documents/document-reader.ts'
import { Seeded } from '../fuzz/seeded.ts'
import { call, registerPerson } from '../support/people.ts'
import { connectSynced, received } from '../support/register-writer.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'
import type { Cluster } from './cluster.ts'
import { missingIn, RoamingDevice } from './roaming-device.ts'

/** How a round is run. */
export interface RoundOptions {
  /** Decides who does what when; not how long everything takes. */
  readonly seed: number
  readonly people?: number
  /** Of each person. */
  readonly devices?: number
  /** How long devices write before and after the kill, each. */
  readonly trafficMs?: number
  /** How long all of them have, afterwards, to hold the same. */
  readonly convergeMs?: number
  /** Whether a server is killed. */
  readonly kill?: boolean
}

/** How a round ended. The lists are of what went wrong. */
export interface RoundOutcome {
  readonly acknowledged: number
  readonly moves: number
  /** Acknowledged, and not in Postgres: right after the kill, when nobody could have brought it again, or at the end. */
  readonly lost: readonly string[]
  /** Registers that stand more than once in what a new client is sent. */
  readonly twice: readonly string[]
  /** Devices, and new clients of each server, that do not hold exactly what was written. */
  readonly diverged: readonly string[]
  /** Servers whose HTTP API does not give what was written. */
  readonly unreadable: readonly string[]
  /** What servers logged as errors. */
  readonly errors: readonly string[]
}

interface Person extends SessionResponse {
  readonly devices: readonly RoamingDevice[]
  /** The join of all that its devices ever wrote: what every one of them must hold in the end. */
  readonly written: State
}

const DOCUMENT = 'votes'
const BILLS = 60
/** Writes that a device has under way at most. */
const WINDOW = 32
const WRITE_EVERY_MS = 8
const MOVE_EVERY_MS = 60

/** Runs a round on servers that are up; they are up again when this resolves. */
export async function runRound(cluster: Cluster, options: RoundOptions): Promise<RoundOutcome> {
  const { seed, people: count = 3, devices = 3, trafficMs = 300, convergeMs = 10_000, kill = true } = options
  const random = new Seeded(seed)
  const victim = random.pick(cluster.servers)
  const printed = cluster.servers.map(server => server.output().length)
  /** Nobody goes anywhere while it is looked whether something was lost: else it could be brought again. */
  let passing: Promise<unknown> = Promise.resolve()
  const nextServer = async () => {
    await passing
    return random.pick(cluster.servers).url
  }
  const people = await Promise.all(
    Array.from({ length: count }, async (_, n): Promise<Person> => {
      const session = await registerPerson(random.pick(cluster.servers).url)
      const { accessToken } = session
      const names = Array.from({ length: devices }, (_, m) => `device${n}${m}`)
      const roaming = names.map(
        name => new RoamingDevice({ name, document: DOCUMENT, accessToken, nextServer }),
      )
      return { ...session, devices: roaming, written: new Map() }
    }),
  )
  const all = people.flatMap(person => person.devices)
  const lost: string[] = []
  const traffic = startTraffic(people, random)
  try {
    await pause(random.below(trafficMs) + trafficMs / 2)
    if (kill) {
      passing = killAndAudit(cluster, victim, people).then(found => lost.push(...found))
      await passing
      await traffic.calmWhile(victim.start())
    }
    await pause(trafficMs)
    const moves = await traffic.stop()
    const diverged = await divergedAfter(people, convergeMs)
    const ends = await Promise.all(people.map(person => lookAt(cluster, person)))
    lost.push(...(await auditAll(cluster, people)))
    return {
      acknowledged: all.reduce((sum, device) => sum + device.acknowledgements, 0),
      ...{ moves, lost },
      twice: ends.flatMap(({ twice }) => twice),
      diverged: [...diverged, ...ends.flatMap(end => end.diverged)],
      unreadable: ends.flatMap(({ unreadable }) => unreadable),
      errors: cluster.servers.flatMap((server, n) => errorsIn(server.output().slice(printed[n]))),
    }
  } finally {
    await traffic.stop()
    await Promise.all(all.map(device => device[Symbol.asyncDispose]()))
  }
}

interface Traffic {
  /** Goes on slowly meanwhile: a server that starts needs the processor, too. */
  calmWhile(starting: Promise<void>): Promise<void>
  /** Gives the number of moves. */
  stop(): Promise<number>
}

/** Has all devices write and move until it is stopped. */
function startTraffic(people: readonly Person[], random: Seeded): Traffic {
  let isStopped = false
  let slowness = 1
  let moves = 0
  const keepWriting = async (device: RoamingDevice, { written }: Person) => {
    for (let n = 0; !isStopped; n++) {
      if (device.pending < WINDOW) {
        const value = random.percent(10)
          ? null
          : { choice: random.pick(['yes', 'no']), votedAt: new Date(n * 1000).toISOString() }
        joinRegister(written, device.write(`hr${1 + random.below(BILLS)}-119`, value))
      }
      await pause(random.below(WRITE_EVERY_MS * slowness))
    }
  }
  const keepMoving = async () => {
    for (; !isStopped; moves++) {
      await pause(random.below(MOVE_EVERY_MS * slowness))
      random.pick(random.pick(people).devices).leave()
    }
  }
  const running = [
    keepMoving(),
    ...people.flatMap(person => person.devices.map(device => keepWriting(device, person))),
  ]
  return {
    async calmWhile(starting) {
      slowness = 20
      await starting
      slowness = 1
    },
    async stop() {
      isStopped = true
      await Promise.all(running)
      return moves
    },
  }
}

/** Kills a server, and looks before anybody who was there goes elsewhere. */
async function killAndAudit(
  cluster: Cluster,
  victim: ServerProcess,
  people: readonly Person[],
): Promise<string[]> {
  await victim.kill('SIGKILL')
  const { host } = new URL(victim.url)
  const devices = people.flatMap(person => person.devices)
  // What the server had sent before its end counts, even where it arrives only now.
  await until(() => devices.every(({ server }) => server !== host))
  return await auditAll(cluster, people)
}

async function auditAll(cluster: Cluster, people: readonly Person[]): Promise<string[]> {
  return (await Promise.all(people.map(person => audit(cluster, person)))).flat()
}

/** What was acknowledged by now and is not in Postgres. */
async function audit({ stored }: Cluster, { user, devices }: Person): Promise<string[]> {
  const acknowledged: State = new Map()
  for (const device of devices) joinAll(acknowledged, device.acknowledged.values())
  const loaded = await stored.read({ personId: user.id, document: DOCUMENT })
  const held = stateOf(loaded ? updatesOf(loaded) : [])
  return missingIn(held, acknowledged)
}

function stateOf(updates: readonly Uint8Array[]): ReadonlyState {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return new RegisterArray(doc).state()
}

/** Waits until all devices are connected and hold exactly what was written; says which do not. */
async function divergedAfter(people: readonly Person[], convergeMs: number): Promise<string[]> {
  const behind = () =>
    people.flatMap(({ devices, written }) =>
      devices
        .filter(({ server, pending, state }) => !server || pending > 0 || differ(state, written))
        .map(
          ({ name, server, pending, state }) =>
            `${name} at ${server}: ${pending} pending, ${missingIn(state, written).length} missing`,
        ),
    )
  await until(() => behind().length === 0, convergeMs).catch(() => undefined)
  return behind()
}

/** What new clients of each server are given. */
async function lookAt(
  { servers }: Cluster,
  { accessToken, written }: Person,
): Promise<Pick<RoundOutcome, 'twice' | 'diverged' | 'unreadable'>> {
  const twice: string[] = []
  const diverged: string[] = []
  const unreadable: string[] = []
  for (const { url } of servers) {
    await using client = await connectSynced(url, accessToken, { document: DOCUMENT, query: '?mode=open' })
    const doc = received(client)
    twice.push(...repeatedIn(doc.getArray<readonly [string, number, string]>('registers').toArray()))
    if (differ(new RegisterArray(doc).state(), written)) diverged.push(`a new client of ${url}`)
    if (differ(await readOverHttp(url, accessToken), choicesIn(written))) unreadable.push(url)
  }
  return { twice, diverged, unreadable }
}

function repeatedIn(entries: readonly (readonly [key: string, stamp: number, device: string])[]): string[] {
  const ids = entries.map(([key, stamp, device]) => `${key} ${stamp} ${device}`)
  return ids.filter((id, n) => ids.indexOf(id) !== n)
}

/** Per bill the choice. */
async function readOverHttp(url: string, token: string): Promise<Map<string, unknown>> {
  const choices = new Map<string, unknown>()
  const { body } = await call(url, 'GET', '/api/civic/votes?limit=100', { token })
  for (const { billId, choice } of body.items ?? []) choices.set(billId, choice)
  return choices
}

function choicesIn(state: ReadonlyState): Map<string, unknown> {
  const choices = new Map<string, unknown>()
  for (const { key, value } of state.values())
    if (value !== null && typeof value === 'object' && 'choice' in value) choices.set(key, value.choice)
  return choices
}

/** Whether two maps differ, values compared as JSON. */
function differ(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  if (one.size !== other.size) return true
  return [...one].some(([key, value]) => JSON.stringify(value) !== JSON.stringify(other.get(key)))
}

/** Lines that pino logged as errors, or that are not pino's: something uncaught. */
function errorsIn(output: string): string[] {
  return output.split('\n').filter(line => /"level":[56]0|Error/.test(line))
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
