// A whole server in this process, on databases of its own, and people who have an account there.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { SessionResponse } from '@workforce-democracy/shared'
import { pino } from 'pino'
import type { Config } from '../../server/src/config.ts'
import type { ContextOptions } from '../../server/src/context.ts'
import { createPool } from '../../server/src/db/database.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import type { OutgoingMail } from '../../server/src/mail/mailer.ts'
import { startServer } from '../../server/src/main.ts'
import { DEFAULT_SYNC_LIMITS } from '../../server/src/sync/limits.ts'
import { type CallAnswer, call, registerPerson } from './people.ts'
import { createTestDatabases, type TestDatabases } from './postgres.ts'

/** A running server. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly databases: TestDatabases
  readonly config: Config
  /** Lines that it logged. */
  readonly log: readonly string[]
  /** Mails that it has sent, unless `options` or `settings` say where to. */
  readonly mails: readonly OutgoingMail[]
  /** Calls it; the body is sent as JSON. */
  call(method: string, path: string, options?: { token?: string; body?: unknown }): Promise<CallAnswer>
  /** A new account; its documents stay local unless flags open them. */
  register(privacy?: Record<string, boolean>): Promise<SessionResponse>
  /** Stops it and starts another on the same databases and port. */
  restart(): Promise<void>
}

/**
 * Starts a server on a free port; databases that are given are the caller's to dispose. Servers on the same databases
 * share their secrets by `settings`.
 */
export async function startTestServer(
  options: ContextOptions = {},
  given?: TestDatabases,
  settings: Partial<Config> = {},
): Promise<TestServer> {
  const databases = given ?? (await createTestDatabases())
  const log: string[] = []
  const mails: OutgoingMail[] = []
  const mailer = {
    async send(mail: OutgoingMail) {
      mails.push(mail)
      return { sent: true } as const
    },
  }
  const contextOptions = settings.smtpUrl || settings.dataDir ? options : { mailer, ...options }
  const logger = pino({ level: 'trace' }, { write: line => void log.push(line) })
  let config: Config = { ...testConfig(databases), ...settings, port: 0 }
  let running = await startServer(config, logger, contextOptions)
  config = { ...config, port: Number(new URL(running.url).port) }
  return {
    url: running.url,
    databases,
    config,
    log,
    mails,
    call: (method, path, options) => call(running.url, method, path, options),
    register: privacy => registerPerson(running.url, privacy),
    async restart() {
      await running[Symbol.asyncDispose]()
      running = await startServer(config, logger, contextOptions)
    },
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]()
      if (!given) await databases[Symbol.asyncDispose]()
    },
  }
}

/** Fills a server's catalog with the starter set, as the command line does at the first start. */
export async function fillWithStarter({ databases }: Pick<TestServer, 'databases'>): Promise<void> {
  const pool = createPool(databases.databaseUrl, { max: 1 })
  try {
    await importStarter(pool)
  } finally {
    await pool.end()
  }
}

/** What a server in a test runs with. */
export function testConfig({ databaseUrl, keysDatabaseUrl }: TestDatabases): Config {
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir: '/nonexistent',
    databaseUrl,
    databaseDirectUrl: databaseUrl,
    keysDatabaseUrl,
    redisUrl: undefined,
    encryptionKeys: [{ id: 'test', key: randomBytes(32) }],
    jwtKeys: [{ ...signingKey, kid: 'test', alg: 'EdDSA' }],
    corsOrigins: [],
    publicUrl: undefined,
    smtpUrl: undefined,
    mailFrom: 'no-reply@example.org',
    logLevel: 'debug',
    metricsToken: undefined,
    limits: DEFAULT_SYNC_LIMITS,
    attemptLimits: { perAccount: 1e6, perAddress: 1e6 },
    requestLimits: { perPerson: 1e6, perAddress: 1e6 },
    requireEmail: false,
    trustProxy: false,
    videoFrames: true,
    production: false,
  }
}
