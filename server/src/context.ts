// Builds every service once, in order; the only place that knows them all.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Accounts, createAccounts } from './accounts/accounts.ts'
import { countingInPostgres, countingInRedis } from './accounts/attempt-stores.ts'
import { createAttempts } from './accounts/attempts.ts'
import { createErasure, createRowErasure, type Erasure } from './accounts/erasure.ts'
import { createStoredData, type StoredData } from './accounts/stored-data.ts'
import { createTokens, type Tokens } from './accounts/tokens.ts'
import { createBus, type OpenTransport } from './bus/bus.ts'
import { overPostgres } from './bus/postgres-transport.ts'
import { overRedis } from './bus/redis-transport.ts'
import { type Catalogs, createCatalogs } from './catalog/catalogs.ts'
import type { Config } from './config.ts'
import { createPool, type Pool, type PoolOptions, READ_TIMEOUTS } from './db/database.ts'
import { type DocumentRef, openDocuments } from './db/documents.ts'
import { deleteExpired } from './db/expiry.ts'
import { ping } from './db/ping.ts'
import { createDocumentReader, type DocumentReader } from './documents/document-reader.ts'
import { createDocumentWriter, type DocumentWriter } from './documents/document-writer.ts'
import { createGenerations } from './documents/generations.ts'
import { createKeyDestructions } from './documents/key-destructions.ts'
import { createDataKeys, type DataKeys } from './encryption/data-keys.ts'
import { checkKeyring } from './encryption/key-rotation.ts'
import { createKeyring } from './encryption/keyring.ts'
import type { Lookup } from './encryption/lookup.ts'
import { loadServerKeys } from './encryption/server-keys.ts'
import { createJobs } from './jobs/jobs.ts'
import { createLocalPeople, type LocalPeople } from './local/local-people.ts'
import { createMailOutbox } from './mail/mail-outbox.ts'
import { createFileMailer, createSmtpMailer, type Mailer } from './mail/mailer.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { countCommunity } from './projection/community-counts.ts'
import { createOpenState, type OpenState } from './projection/open-state.ts'
import { createProjectedReader } from './projection/projected-registers.ts'
import { createProjector } from './projection/projector.ts'
import { createTopicEngagement } from './projection/topic-engagement.ts'
import { watchChanges, watchDestructions, watchStock } from './sync/change-watch.ts'
import { createCompaction } from './sync/compaction.ts'
import { createCompactor } from './sync/compactor.ts'
import { createDeviceMoves, type DeviceMoves } from './sync/device-moves.ts'
import { createDocumentWorker, wholeDocuments } from './sync/document-worker.ts'
import { createIntake } from './sync/intake.ts'
import { compactLeft } from './sync/left-documents.ts'
import type { SyncLimits } from './sync/limits.ts'
import { createReceiptSigner, giveReceipts } from './sync/receipts.ts'
import { watchRevocations } from './sync/revocations.ts'
import { createRooms } from './sync/rooms.ts'
import { createSyncServer, type SyncServer } from './sync/sync-server.ts'
import { createTrials } from './sync/trials.ts'
import { createTurns } from './sync/turns.ts'
import { createUpdateLog } from './sync/update-log.ts'

/** Every service of a running server. */
export interface Context extends AsyncDisposable {
  readonly config: Config
  readonly logger: Logger
  readonly pool: Pool
  readonly accounts: Accounts
  readonly erasure: Erasure
  readonly storedData: StoredData
  readonly catalogs: Catalogs
  readonly writer: DocumentWriter
  readonly openState: OpenState
  readonly lookup: Lookup
  readonly localPeople: LocalPeople
  readonly deviceMoves: DeviceMoves
  readonly sync: SyncServer
  readonly limits: SyncLimits
  readonly metrics: Metrics
  readonly nowMs: () => number
}

/** What is not for the environment to say, or in the place of what it says. */
export interface ContextOptions {
  readonly nowMs?: () => number
  readonly limits?: Partial<SyncLimits>
  /** Carries word to other servers. */
  readonly transport?: OpenTransport
  /** Hands mails over. */
  readonly mailer?: Mailer
}

/** Clients wait so long, and the time for which a commit is tried again, for a Postgres that says nothing. */
const COMMIT_TIMEOUTS = { connectionMs: 10_000, queryMs: 10_000 }
/** How often what is left behind is looked for. */
const EVERY_SECONDS = {
  'send-due-mails': 60,
  'compact-left': 300,
  expire: 3_600,
  'count-community': 86_400,
}
/** Answers at once that have a large document in memory. */
const LARGE_ANSWERS = 2

/**
 * Goes the way of a connection for nobody: what it loads, compiles and plans at first use, the first person would wait
 * for, and after a restart everybody comes first.
 */
async function goFirst(services: {
  readonly tokens: Tokens
  readonly accounts: Accounts
  readonly reader: DocumentReader
  readonly dataKeys: DataKeys
  readonly pool: Pool
}): Promise<void> {
  const { tokens, accounts, reader, dataKeys, pool } = services
  const nobody = { personId: randomUUID(), document: 'votes' } as const
  const { accessToken } = await tokens.issue({ ...nobody, sessionId: randomUUID() })
  await accounts.authenticate(accessToken)
  await reader.read(pool, nobody)
  await dataKeys.existing({ ...nobody, generation: 1 })
}

/** Builds the services of a server whose databases are migrated. */
export async function createContext(
  config: Config,
  logger: Logger,
  options: ContextOptions = {},
): Promise<Context> {
  const building = begin(config, logger, options)
  try {
    return await build(building)
  } catch (error) {
    // What is open would keep the process from ending.
    await building.close()
    throw error
  }
}

/** What services are built with, and what they leave to be closed. */
interface Building {
  readonly config: Config
  readonly logger: Logger
  readonly options: ContextOptions
  readonly metrics: Metrics
  readonly limits: SyncLimits
  readonly nowMs: () => number
  /** Whether statements may be prepared by name. */
  readonly prepares: boolean
  /** Has a service closed with the context, before all that were made before it. */
  owned<T extends AsyncDisposable>(service: T): T
  ownedPool(connectionString: string, options?: PoolOptions): Pool
  close(): Promise<void>
}

function begin(config: Config, logger: Logger, options: ContextOptions): Building {
  const closing: (() => PromiseLike<void>)[] = []
  // A direct URL beside it means that the other one is a pooler's.
  const prepares = config.databaseDirectUrl === config.databaseUrl
  const metrics = createMetrics()
  metrics.observe('heap_bytes', () => process.memoryUsage().heapUsed)
  return {
    ...{ config, logger, options, metrics, prepares },
    limits: { ...config.limits, ...options.limits },
    nowMs: options.nowMs ?? Date.now,
    owned(service) {
      closing.unshift(() => service[Symbol.asyncDispose]())
      return service
    },
    ownedPool(connectionString, poolOptions = {}) {
      const pool = createPool(connectionString, { ...READ_TIMEOUTS, prepares, ...poolOptions })
      closing.unshift(() => pool.end())
      return pool
    },
    async close() {
      for (const close of closing) await close()
    },
  }
}

async function build(building: Building): Promise<Context> {
  const { config, logger, limits, metrics, nowMs, owned, close } = building
  const pools = await openPools(building)
  const identity = await buildIdentity(building, pools)
  const { accounts, eraseRows, outbox, dataKeys, lookup } = identity
  const { pool } = pools
  const catalogs = createCatalogs({ pool })
  const projection = await buildProjection(building, pools, identity, catalogs)
  const { sync, writer, deviceMoves, compaction } = buildSync(building, pools, identity, projection)
  const localPeople = createLocalPeople({ pool, dataKeys, lookup })
  const erasure = createErasure({
    ...{ pool, dataKeys, eraseRows, outbox },
    proofs: accounts.proofs,
    onErased: personId => {
      for (const connection of sync.connections())
        if (connection.personId === personId) connection.close('account-deleted')
    },
  })
  owned(
    createJobs({
      connectionString: config.databaseDirectUrl,
      everySeconds: EVERY_SECONDS,
      logger,
      tasks: {
        'send-mail': ({ mailId }) => outbox.send(mailId),
        'send-due-mails': () => outbox.sendDue(),
        expire: () => deleteExpired(pool),
        'compact-left': () => compactLeft({ pool, compaction, logger }),
        'count-community': async () => {
          await countCommunity({ pool, catalogs, openState: projection.openState })
          await localPeople.count()
        },
      },
    }),
  )
  return {
    ...{ config, logger, pool, limits, metrics, nowMs },
    ...{ accounts, erasure, catalogs, writer, deviceMoves, sync, lookup, localPeople },
    storedData: createStoredData({ pool, keysPool: pools.keysPool, dataKeys, nowMs }),
    openState: projection.openState,
    [Symbol.asyncDispose]: close,
  }
}

interface Pools {
  readonly pool: Pool
  /** Commits have connections of their own: no burst of reads may hold up an acknowledgement. */
  readonly logPool: Pool
  readonly keysPool: Pool
}

async function openPools({ config, ownedPool }: Building): Promise<Pools> {
  const pool = ownedPool(config.databaseUrl)
  const logPool = ownedPool(config.databaseUrl, { ...COMMIT_TIMEOUTS, max: 2 })
  const keysPool = ownedPool(config.keysDatabaseUrl, { max: 4 })
  // Whoever comes first does not wait for connections to open.
  await Promise.all([ping(pool), ping(logPool)])
  return { pool, logPool, keysPool }
}

type Identity = Awaited<ReturnType<typeof buildIdentity>>

/** Keys, accounts, and what people are told by mail. */
async function buildIdentity(
  { config, logger, options, metrics, nowMs, owned }: Building,
  { pool, keysPool }: Pools,
) {
  const keyring = createKeyring(config.encryptionKeys)
  await checkKeyring(keysPool, keyring)
  const { lookup, preloginKey, passwordKey } = await loadServerKeys({ pool: keysPool, keyring })
  const dataKeys = createDataKeys({ pool: keysPool, keyring })
  const tokens = await createTokens({ jwtKeys: config.jwtKeys, issuer: config.publicUrl, nowMs })
  const destructions = createKeyDestructions({ pool, keysPool, dataKeys })
  owned(watchDestructions({ destructions, logger }))
  const outbox = createMailOutbox({
    ...{ pool, dataKeys, metrics, logger },
    mailer: options.mailer ?? mailerOf(config),
    publicUrl: config.publicUrl ?? `http://${config.host}:${config.port}`,
  })
  const openLimiter = config.redisUrl
    ? owned(countingInRedis(config.redisUrl)).openLimiter
    : countingInPostgres(pool)
  const eraseRows = createRowErasure({ keysPool, destructions, lookup, nowMs })
  const accounts = createAccounts({
    ...{ pool, dataKeys, lookup, tokens, preloginKey, passwordKey, outbox, openDocuments, eraseRows, nowMs },
    logger,
    attempts: createAttempts({ openLimiter, lookup, limits: config.attemptLimits }),
    requireEmail: config.requireEmail,
  })
  return { lookup, dataKeys, tokens, destructions, outbox, eraseRows, accounts }
}

type Projection = Awaited<ReturnType<typeof buildProjection>>

/** Reading documents, and the rows that are made of them. */
async function buildProjection(
  { logger, metrics, owned }: Building,
  { pool }: Pools,
  { lookup, dataKeys, tokens, accounts }: Identity,
  catalogs: Catalogs,
) {
  const reader = createDocumentReader({ dataKeys })
  await goFirst({ tokens, accounts, reader, dataKeys, pool })
  const projected = createProjectedReader({ dataKeys })
  const topicEngagement = createTopicEngagement({ catalogs, lookup })
  // Compaction has another: whoever waits for an answer does not wait for it.
  const worker = owned(createDocumentWorker())
  const documents = wholeDocuments(worker)
  const projector = owned(
    createProjector({
      ...{ pool, reader, documents, projected, dataKeys, lookup, topicEngagement, metrics, logger },
    }),
  )
  return { reader, worker, documents, projector, openState: createOpenState({ pool, projector, projected }) }
}

/** Everything between a socket, or a write over HTTP, and the log. */
function buildSync(
  { config, logger, options, metrics, limits, nowMs, prepares, owned }: Building,
  { pool, logPool }: Pools,
  { dataKeys, destructions, accounts }: Identity,
  { reader, worker, documents, projector }: Projection,
) {
  const onMoved = (ref: DocumentRef, head: number): void => {
    metrics.moved()
    advanced(ref, head)
  }
  const generations = createGenerations({ pool, dataKeys, destructions, nowMs, onMoved })
  const intake = createIntake(limits)
  const { databaseUrl, keysDatabaseUrl, encryptionKeys } = config
  const compactor = createCompactor({
    settings: { databaseUrl, keysDatabaseUrl, prepares, encryptionKeys },
    onCompacted: metrics.compacted,
    onMoved,
  })
  const compaction = owned(createCompaction({ compactor, logger }))
  const trials = createTrials()
  const largeAnswers = createTurns(LARGE_ANSWERS)
  const log = owned(createUpdateLog({ pool: logPool, dataKeys, metrics, logger }))
  const announce = (ref: DocumentRef, head: number): void => {
    bus.announce({ ...ref, head })
    projector.poke(ref)
  }
  const rooms = createRooms({
    ...{ pool, log, reader, compaction, worker, trials, largeAnswers, intake, limits, metrics, logger },
    onCommitted: announce,
  })
  /** The same for what no room has committed: the one here hears of it, too. */
  const advanced = (ref: DocumentRef, head: number): void => {
    rooms.advanced(ref, head)
    announce(ref, head)
  }
  owned(watchStock({ pool, rooms, logger }))
  owned(giveReceipts({ pool, rooms, sign: createReceiptSigner(config.jwtKeys, nowMs), logger }))
  const changes = owned(watchChanges({ pool, rooms, logger }))
  const bus = owned(
    createBus({
      open: options.transport ?? transportOf(config),
      logger,
      onAdvance: advance => rooms.advanced(advance, advance.head),
      onGap: changes.now,
    }),
  )
  const writer = createDocumentWriter({
    ...{ pool, reader, documents, dataKeys, nowMs, limits },
    onCommitted: (ref, { head, tail, snapshotBytes }) => {
      advanced(ref, head)
      compaction.written(ref, tail, snapshotBytes)
    },
  })
  const authenticate = (accessToken: string) => accounts.authenticate(accessToken)
  const sync = owned(createSyncServer({ rooms, authenticate, intake, limits, metrics, logger, nowMs }))
  // Ends before rooms do: they wait for what they have received, and not for trials.
  owned(trials)
  owned(watchRevocations({ pool, connections: () => sync.connections(), logger }))
  const deviceMoves = createDeviceMoves({ pool, generations, worker, trials, limits })
  return { sync, writer, deviceMoves, compaction }
}

/** What hands mails over, as configured. */
function mailerOf({ smtpUrl, mailFrom, dataDir }: Config): Mailer {
  return smtpUrl
    ? createSmtpMailer({ smtpUrl, from: mailFrom })
    : createFileMailer({ directory: join(dataDir, 'mail'), from: mailFrom })
}

/** What carries word to other servers, as configured. */
export function transportOf({ redisUrl, databaseDirectUrl }: Config): OpenTransport {
  return redisUrl ? overRedis(redisUrl) : overPostgres(databaseDirectUrl)
}
