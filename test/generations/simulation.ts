// Years of daily use by three devices of one person: what is stored stays within twice that of a fresh document.
import { freshDocument, joinAll, RegisterArray, type State } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { updatesOf } from '../../server/src/documents/document-reader.ts'
import { decodeUpdate } from '../../server/src/sync/decoded-update.ts'
import { KnownState } from '../../server/src/sync/known-state.ts'
import { Seeded } from '../fuzz/seeded.ts'
import type { TestServer } from '../support/server.ts'
import { openStoredDocuments, type StoredDocuments } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'
import { SimulatedDevice } from './device.ts'

/** What a document costs: rows of the log as stored, and what goes to and fro with each connection. */
export interface Cost {
  readonly storedBytes: number
  readonly stateVectorBytes: number
}

/** The document after so many sessions. */
export interface Checkpoint {
  readonly sessions: number
  readonly registers: number
  readonly generation: number
  readonly cost: Cost
  /** Of a fresh document with the same registers. */
  readonly fresh: Cost
  /** Had it never been moved. */
  readonly unmoved: Cost
}

/** What a simulation has found. */
export interface SimulationReport {
  readonly checkpoints: readonly Checkpoint[]
  /** Registers that were written, durable, and are neither there nor superseded. */
  readonly lost: readonly string[]
}

/** Below this nothing is moved (SPEC G5). */
const FLOOR_BYTES = 4 * 1024
/** Nonce, tag and version of each encrypted value: snapshot and summary. */
const ENCRYPTION_BYTES = 2 * 29
const WRITES_OVER_OLD = 3
/** One session in so many. */
const NEW_KEY_EVERY = 10
const OVERLAP_EVERY = 8

/** How many times a fresh document's cost a document may cost. */
export const MAX_RATIO = 2

/** Bytes of both kinds. */
export const totalOf = ({ storedBytes, stateVectorBytes }: Cost): number => storedBytes + stateVectorBytes

/** How many times a fresh document's cost it is, counting the smallest ones as the floor. */
export const ratioOf = ({ cost, fresh }: Checkpoint): number =>
  totalOf(cost) / Math.max(totalOf(fresh), FLOOR_BYTES / 2)

/** How long, and how often it is measured. */
export interface SimulationOptions {
  readonly sessions: number
  readonly checkpointEvery: number
  /** Registers of the first session. */
  readonly firstKeys: number
  readonly seed: number
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void
}

/**
 * Runs sessions one after the other, some of them two at a time; each is compacted before the next. A day passes in
 * moments: the server's clock must stand still, so that tokens do not notice.
 */
export async function simulate(server: TestServer, options: SimulationOptions): Promise<SimulationReport> {
  const random = new Seeded(options.seed)
  await using stored = openStoredDocuments(server)
  const pool = createPool(server.databases.databaseUrl, { max: 1 })
  const { user, accessToken } = await server.register()
  const ref = { personId: user.id, document: 'votes' } as const
  const clock = { nowMs: Date.now() }
  const devices = ['device01', 'device02', 'device03'].map(
    device => new SimulatedDevice({ url: server.url, accessToken, device, nowMs: () => clock.nowMs }),
  )
  const written: State = new Map()
  const unmoved = new RegisterArray(new Y.Doc())
  const checkpoints: Checkpoint[] = []
  let keys = 0

  const use = async (device: SimulatedDevice, isFirst: boolean): Promise<void> => {
    const session = await device.begin()
    unmoved.doc.clientID = new Y.Doc().clientID
    const write = (key: number) => {
      const value = {
        choice: random.pick(['yes', 'no', 'abstain']),
        votedAt: new Date(clock.nowMs).toISOString(),
      }
      const register = session.write(`hr${key}-119`, value)
      joinAll(written, [register])
      unmoved.write([register])
    }
    const newKeys = isFirst ? options.firstKeys : random.below(NEW_KEY_EVERY) === 0 ? 1 : 0
    for (let n = 0; n < newKeys; n++) write(++keys)
    for (let n = 0; n < WRITES_OVER_OLD; n++) write(1 + random.below(keys))
    await session.durable()
    await session.end()
  }
  try {
    for (let n = 0; n < options.sessions; ) {
      // Some five sessions a day.
      clock.nowMs += 4 * 3_600_000
      const users = [random.below(3)]
      if (n > 0 && random.below(OVERLAP_EVERY) === 0) users.push((users[0]! + 1) % 3)
      await Promise.all(users.map(each => use(devices[each]!, n === 0)))
      const before = n
      n += users.length
      await until(() => isCompacted(pool, user.id))
      const every = options.checkpointEvery
      if (Math.floor(n / every) === Math.floor(before / every) && n < options.sessions) continue
      const checkpoint = await measure(stored, pool, ref, { sessions: n, unmoved: unmoved.doc })
      checkpoints.push(checkpoint)
      options.onCheckpoint?.(checkpoint)
    }
    return { checkpoints, lost: await findLost(server, accessToken, written) }
  } finally {
    await pool.end()
  }
}

async function isCompacted(pool: Pool, personId: string): Promise<boolean> {
  const { rows } = await pool.query<{ done: boolean }>(
    `select compacting_until is null and not exists (select from document_updates u where u.person_id = $1) as done
     from documents where person_id = $1`,
    [personId],
  )
  return rows[0]?.done ?? false
}

async function measure(
  stored: StoredDocuments,
  pool: Pool,
  ref: Parameters<StoredDocuments['read']>[0],
  { sessions, unmoved }: { sessions: number; unmoved: Y.Doc },
): Promise<Checkpoint> {
  const loaded = await stored.read(ref)
  if (!loaded) throw new Error('The document is gone.')
  const doc = new Y.Doc()
  for (const update of updatesOf(loaded)) Y.applyUpdate(doc, update)
  const state = new RegisterArray(doc).state()
  const { rows } = await pool.query<{ bytes: number }>(
    `select ((select coalesce(sum(octet_length(data) + octet_length(summary)), 0) from document_snapshots
              where person_id = $1)
           + (select coalesce(sum(octet_length(data)), 0) from document_updates where person_id = $1))::int as bytes`,
    [ref.personId],
  )
  return {
    sessions,
    registers: state.size,
    generation: loaded.generation,
    cost: { storedBytes: rows[0]?.bytes ?? 0, stateVectorBytes: Y.encodeStateVector(doc).length },
    fresh: costOf(freshDocument(state, doc.clientID)),
    unmoved: costOf(Y.encodeStateAsUpdate(unmoved)),
  }
}

/** What a document would cost as a snapshot. */
function costOf(update: Uint8Array): Cost {
  const known = new KnownState()
  known.add(decodeUpdate(update))
  return {
    storedBytes: update.length + known.encode().length + ENCRYPTION_BYTES,
    stateVectorBytes: known.encodeStateVector().length,
  }
}

/** What a new device lacks. */
async function findLost(server: TestServer, accessToken: string, written: State): Promise<string[]> {
  const device = new SimulatedDevice({ url: server.url, accessToken, device: 'device04', nowMs: Date.now })
  await (await device.begin()).end()
  return [...written.values()]
    .filter(({ key, stamp, device: writer }) => {
      const there = device.state.get(key)
      return there?.stamp !== stamp || there.device !== writer
    })
    .map(({ key }) => key)
}
