// One person whose votes are open or sealed: writing them, storing them, and having them on a device.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore, openClient, type Store } from '@workforce-democracy/client/node'
import { developmentSecrets } from '../../../server/src/secrets.ts'
import type { OwnPostgres } from '../../support/own-postgres.ts'
import { openStoredDocuments } from '../../support/stored-documents.ts'
import { until } from '../../support/until.ts'
import { sentBytesOf } from './sent-bytes.ts'

export type Mode = 'open' | 'sealed'

const PASSWORD = 'a made-up password'
const WRITES = 1000
const REGISTERS = 10_000
const VOTES_AT_ONCE = 20
const WAIT_MS = 120_000

/** Measures with an account of its own. Times in milliseconds. */
export async function measure({
  url,
  postgres,
  mode,
}: {
  readonly url: string
  readonly postgres: OwnPostgres
  readonly mode: Mode
}) {
  const username = `made-up-${randomBytes(6).toString('hex')}`
  const sent = sentBytesOf()
  const store = createMemoryStore()
  const client = await open(url, { store, WebSocket: sent.WebSocket })
  const { user } = await client.account.register({ username, password: PASSWORD })
  await client.privacy.set({ votes: mode })
  await durable(client)

  const beforeVote = sent.bytes()
  const startMs = performance.now()
  const vote = await client.votes.cast('hr9999-118', 'yes', { billName: 'A bill of an ordinary length' })
  await client.sync.flush()
  await vote.durable()
  const voteMs = performance.now() - startMs
  const voteBytes = sent.bytes() - beforeVote

  const writesMs = await timed(() => castVotes(client, 0, WRITES))
  const storedBytes = await compactedBytes(postgres, user.id)
  await castVotes(client, WRITES, REGISTERS)
  await client.close()

  const reopened = { client: undefined as Client | undefined }
  const reopenMs = await timed(async () => {
    reopened.client = await open(url, { store })
    await durable(reopened.client)
  })
  await reopened.client?.close()

  const other = await open(url, {})
  await other.account.login({ login: username, password: PASSWORD })
  const newDeviceMs = await timed(async () => {
    // What is open waits for the person, which takes no time here.
    if (mode === 'open') {
      await until(() => other.privacy.unconfirmed().length > 0, WAIT_MS)
      await other.privacy.confirm()
    }
    await until(() => other.state('votes').size === REGISTERS + 1, WAIT_MS)
  })
  await other.close()
  return { writesMs, storedBytes, newDeviceMs, reopenMs, voteBytes, voteMs }
}

/** Casts as fast as a page could, and waits until the server has everything. */
async function castVotes(client: Client, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += VOTES_AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(VOTES_AT_ONCE, to - n) }, (_, i) =>
        client.votes.cast(`hr${n + i + 1}-119`, 'yes', { billName: `Made-up bill number ${n + i + 1}` }),
      ),
    )
  await client.sync.flush()
  await durable(client)
}

/** What the votes of a person take in Postgres, once the log is folded into the snapshot. */
async function compactedBytes(postgres: OwnPostgres, personId: string): Promise<number> {
  const { encryptionKeys } = await developmentSecrets(postgres.dataDir)
  await using stored = openStoredDocuments({ config: { encryptionKeys }, databases: postgres.databases })
  return await stored.compact({ personId, document: 'votes' })
}

function open(
  server: string,
  { store = createMemoryStore(), WebSocket }: { store?: Store; WebSocket?: typeof globalThis.WebSocket },
): Promise<Client> {
  const storeSecret = new Uint8Array(32).fill(7)
  return openClient({ storage: store, storeSecret, server, ...(WebSocket && { WebSocket }) })
}

const durable = (client: Client) => until(() => client.sync.status.state === 'durable', WAIT_MS)

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}
