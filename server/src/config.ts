// The configuration: environment variables only, read here and nowhere else.
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { type AttemptLimits, DEFAULT_ATTEMPT_LIMITS } from './accounts/attempts.ts'
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from './http/request-limits.ts'
import { DEVELOPMENT_PREFIX, parseKeyring, parseSigningKeys, type Secrets } from './secrets.ts'
import { DEFAULT_SYNC_LIMITS, type SyncLimits } from './sync/limits.ts'

/** What the environment says. */
export interface Settings {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Where what has no place of its own is kept; absolute. */
  readonly dataDir: string
  /** `undefined`: an embedded Postgres below the data directory. */
  readonly databaseUrl: string | undefined
  /** For migrations, locks and LISTEN, where `databaseUrl` is a pooler. */
  readonly databaseDirectUrl: string | undefined
  readonly keysDatabaseUrl: string | undefined
  /** Where servers tell each other what has changed; `undefined`: through Postgres. */
  readonly redisUrl: string | undefined
  /** `undefined`: development secrets, made once. */
  readonly encryptionKeys: Secrets['encryptionKeys'] | undefined
  readonly jwtKeys: Secrets['jwtKeys'] | undefined
  readonly corsOrigins: readonly string[]
  /** Address that people reach the server at; the issuer of its tokens. */
  readonly publicUrl: string | undefined
  /** Where mails are handed over; `undefined`: they become files below the data directory. */
  readonly smtpUrl: string | undefined
  /** Sender of mails. */
  readonly mailFrom: string
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** What a scraper of `/metrics` shows as bearer token. */
  readonly metricsToken: string | undefined
  readonly limits: SyncLimits
  readonly attemptLimits: AttemptLimits
  readonly requestLimits: RequestLimits
  /** Whether accounts need an email address: without one only the recovery code resets a password. */
  readonly requireEmail: boolean
  /** Whether the last address of `X-Forwarded-For` is the client's, since a proxy has put it there. */
  readonly trustProxy: boolean
  /** Whether the page of a video may show it in the player of another site, once the person has asked for it. */
  readonly videoFrames: boolean
  readonly production: boolean
}

/** A configuration with nothing left open. */
export interface Config extends Settings, Secrets {
  readonly databaseUrl: string
  readonly databaseDirectUrl: string
  readonly keysDatabaseUrl: string
  readonly encryptionKeys: Secrets['encryptionKeys']
  readonly jwtKeys: Secrets['jwtKeys']
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Beyond twice that a timer of Node fires at once, and Postgres takes no value. */
const GREATEST_LIMIT = 1_000_000_000

/** What production may not make up by itself. */
const REQUIRED_IN_PRODUCTION = [
  'DATABASE_URL',
  'ENCRYPTION_KEYS',
  'JWT_PRIVATE_KEYS',
  'SMTP_URL',
  'PUBLIC_URL',
] as const

/** Good for files only: `MAIL_FROM` is needed with `SMTP_URL`. */
const DEFAULT_MAIL_FROM = 'Workforce Democracy <no-reply@localhost>'

/** A text that `read` understands; `mistake` completes a sentence about the variable. */
function text<T>(read: (given: string) => T | undefined, mistake: string) {
  return z.pipe(
    z.string(),
    z.transform((given, context): T => {
      const value = read(given.trim())
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message: mistake, input: '' })
      return z.NEVER
    }),
  )
}

function readPort(given: string): number | undefined {
  const port = Number(given)
  return /^\d+$/.test(given) && port <= 65_535 ? port : undefined
}

function readHost(given: string): string | undefined {
  return isIP(given) || /^[a-z0-9.-]+$/i.test(given) ? given : undefined
}

function readUrl(given: string, protocols: readonly string[]): URL | undefined {
  return URL.canParse(given) && protocols.includes(new URL(given).protocol) ? new URL(given) : undefined
}

/** With a database's name: without one, the driver would take the user's. */
function readDatabaseUrl(given: string): string | undefined {
  const url = readUrl(given, ['postgres:', 'postgresql:'])
  return url && url.pathname.length > 1 ? given : undefined
}

function readPublicUrl(given: string): string | undefined {
  return readUrl(given, ['http:', 'https:']) && given.replace(/\/+$/, '')
}

/** An address, or a name and an address in angle brackets. */
function readMailFrom(given: string): string | undefined {
  return /^(?:[^\s@<>]+@[^\s@<>]+|[^<>\r\n@]+<[^\s@<>]+@[^\s@<>]+>)$/.test(given) ? given : undefined
}

/** Browsers send an origin without a path, so one with a path would never match. */
function readOrigins(given: string): readonly string[] | undefined {
  const urls = given.split(',').map(each => readUrl(each.trim(), ['http:', 'https:']))
  const origins = urls.flatMap(url => (url?.pathname === '/' && !url.search && !url.hash ? [url.origin] : []))
  return origins.length === urls.length ? origins : undefined
}

function readSwitch(given: string): boolean | undefined {
  return given === 'true' || given === 'false' ? given === 'true' : undefined
}

function readLimit(given: string): number | undefined {
  const limit = Number(given)
  return /^\d+$/.test(given) && limit >= 1 && limit <= GREATEST_LIMIT ? limit : undefined
}

const databaseUrl = text(readDatabaseUrl, 'is not a URL such as postgres://user:password@host/database')
const nonDevelopment = 'holds development keys, which production does not take'

const limit = (standard: number) =>
  z._default(text(readLimit, `is not a whole number from 1 to ${GREATEST_LIMIT}`), standard)

const environmentSchema = z.object({
  PORT: z._default(text(readPort, 'is not a whole number from 0 to 65535'), 8787),
  HOST: z._default(text(readHost, 'is neither an address nor a host name'), '127.0.0.1'),
  DATA_DIR: z._default(
    text(given => resolve(given), 'is not a path'),
    resolve('data'),
  ),
  DATABASE_URL: z.optional(databaseUrl),
  DATABASE_DIRECT_URL: z.optional(databaseUrl),
  KEYS_DATABASE_URL: z.optional(databaseUrl),
  REDIS_URL: z.optional(
    text(
      given => readUrl(given, ['redis:', 'rediss:'])?.href,
      'is not a URL such as redis://user:password@host:6379',
    ),
  ),
  ENCRYPTION_KEYS: z.optional(
    text(parseKeyring, 'is not id:base64 of 32 bytes, each id once, with commas between'),
  ),
  JWT_PRIVATE_KEYS: z.optional(
    text(parseSigningKeys, 'is not a JSON array of private Ed25519 JWKs, each with a kid of its own'),
  ),
  CORS_ORIGINS: z._default(
    text(readOrigins, 'has an entry that is not an origin such as https://example.org'),
    [],
  ),
  PUBLIC_URL: z.optional(text(readPublicUrl, 'is not a URL such as https://example.org')),
  SMTP_URL: z.optional(
    text(
      given => readUrl(given, ['smtp:', 'smtps:'])?.href,
      'is not a URL such as smtps://user:password@mail.example.org',
    ),
  ),
  MAIL_FROM: z.optional(
    text(readMailFrom, 'is not an address such as Workforce Democracy <no-reply@example.org>'),
  ),
  LOG_LEVEL: z._default(z.enum(LOG_LEVELS, `is not one of ${LOG_LEVELS.join(', ')}`), 'info'),
  METRICS_TOKEN: z.optional(
    text(given => (given.length >= 16 ? given : undefined), 'has fewer than 16 characters'),
  ),
  LIMIT_UPDATE_BYTES: limit(DEFAULT_SYNC_LIMITS.updateBytes),
  LIMIT_DOCUMENT_BYTES: limit(DEFAULT_SYNC_LIMITS.documentBytes),
  LIMIT_PERSON_BYTES: limit(DEFAULT_SYNC_LIMITS.personBytes),
  LIMIT_MESSAGES_PER_SECOND: limit(DEFAULT_SYNC_LIMITS.messagesPerSecond),
  LIMIT_MESSAGE_BURST: limit(DEFAULT_SYNC_LIMITS.messageBurst),
  LIMIT_CONNECTIONS_PER_PERSON: limit(DEFAULT_SYNC_LIMITS.connectionsPerPerson),
  LIMIT_CHANNELS_PER_SOCKET: limit(DEFAULT_SYNC_LIMITS.channelsPerSocket),
  LIMIT_UNAUTHENTICATED_PER_ADDRESS: limit(DEFAULT_SYNC_LIMITS.unauthenticatedPerAddress),
  LIMIT_PAUSE_AT_BYTES: limit(DEFAULT_SYNC_LIMITS.pauseAtBytes),
  LIMIT_REFUSE_AT_BYTES: limit(DEFAULT_SYNC_LIMITS.refuseAtBytes),
  LIMIT_UNREAD_BYTES: limit(DEFAULT_SYNC_LIMITS.unreadBytes),
  LIMIT_SOCKET_UNREAD_BYTES: limit(DEFAULT_SYNC_LIMITS.socketUnreadBytes),
  LIMIT_ANSWER_MS: limit(DEFAULT_SYNC_LIMITS.answerMs),
  LIMIT_PONG_MS: limit(DEFAULT_SYNC_LIMITS.pongMs),
  LIMIT_SOCKET_MS: limit(DEFAULT_SYNC_LIMITS.socketMs),
  LIMIT_ATTEMPTS_PER_ACCOUNT: limit(DEFAULT_ATTEMPT_LIMITS.perAccount),
  LIMIT_ATTEMPTS_PER_ADDRESS: limit(DEFAULT_ATTEMPT_LIMITS.perAddress),
  LIMIT_REQUESTS_PER_PERSON: limit(DEFAULT_REQUEST_LIMITS.perPerson),
  LIMIT_REQUESTS_PER_ADDRESS: limit(DEFAULT_REQUEST_LIMITS.perAddress),
  REQUIRE_EMAIL: z._default(text(readSwitch, 'is neither true nor false'), true),
  TRUST_PROXY: z._default(text(readSwitch, 'is neither true nor false'), false),
  VIDEO_FRAMES: z._default(text(readSwitch, 'is neither true nor false'), true),
  NODE_ENV: z.optional(z.string()),
})

type Environment = z.infer<typeof environmentSchema>

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @throws CodedError `invalid-config`, a line for each mistake; no line shows a value
 */
export function loadSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const parsed = z.safeParse(environmentSchema, given)
  const mistakes = [
    ...(parsed.error?.issues ?? []).map(issue => `${String(issue.path[0])} ${issue.message}.`),
    ...mistakesBetween(given),
    ...(parsed.data ? mistakesIn(parsed.data) : []),
  ]
  if (mistakes.length > 0 || !parsed.data) throw new CodedError('invalid-config', mistakes.join('\n'))
  return toSettings(parsed.data)
}

/** What is missing. */
function mistakesBetween(given: Readonly<Record<string, string | undefined>>): readonly string[] {
  const required = given.NODE_ENV === 'production' ? REQUIRED_IN_PRODUCTION : []
  const nameless = given.SMTP_URL && !given.MAIL_FROM ? ['SMTP_URL needs MAIL_FROM.'] : []
  const meaningless = given.DATABASE_URL ? [] : ['DATABASE_DIRECT_URL', 'KEYS_DATABASE_URL']
  return [
    ...required.filter(name => !given[name]).map(name => `${name} is required in production.`),
    ...nameless,
    ...meaningless.filter(name => given[name]).map(name => `${name} needs DATABASE_URL.`),
  ]
}

/** What is sound by itself, and not together. */
function mistakesIn(values: Environment): readonly string[] {
  const mistakes: string[] = []
  const { databaseUrl, keysDatabaseUrl, production, encryptionKeys, jwtKeys, limits } = toSettings(values)
  if (databaseUrl && databaseUrl === keysDatabaseUrl) {
    mistakes.push('KEYS_DATABASE_URL is the same as DATABASE_URL: keys belong into a database of their own.')
  }
  if (limits.updateBytes > limits.documentBytes)
    mistakes.push('LIMIT_UPDATE_BYTES is more than LIMIT_DOCUMENT_BYTES.')
  if (limits.pauseAtBytes > limits.refuseAtBytes)
    mistakes.push('LIMIT_PAUSE_AT_BYTES is more than LIMIT_REFUSE_AT_BYTES.')
  if (production) {
    const isDevelopment = (id: string | undefined) => id?.startsWith(DEVELOPMENT_PREFIX)
    if (encryptionKeys?.some(({ id }) => isDevelopment(id)))
      mistakes.push(`ENCRYPTION_KEYS ${nonDevelopment}.`)
    if (jwtKeys?.some(({ kid }) => isDevelopment(kid))) mistakes.push(`JWT_PRIVATE_KEYS ${nonDevelopment}.`)
  }
  return mistakes
}

function toSettings(values: Environment): Settings {
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL ?? values.DATABASE_URL,
    keysDatabaseUrl: values.KEYS_DATABASE_URL ?? (values.DATABASE_URL && besideIt(values.DATABASE_URL)),
    redisUrl: values.REDIS_URL,
    encryptionKeys: values.ENCRYPTION_KEYS,
    jwtKeys: values.JWT_PRIVATE_KEYS,
    corsOrigins: values.CORS_ORIGINS,
    publicUrl: values.PUBLIC_URL,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM ?? DEFAULT_MAIL_FROM,
    logLevel: values.LOG_LEVEL,
    metricsToken: values.METRICS_TOKEN,
    limits: toLimits(values),
    attemptLimits: {
      perAccount: values.LIMIT_ATTEMPTS_PER_ACCOUNT,
      perAddress: values.LIMIT_ATTEMPTS_PER_ADDRESS,
    },
    requestLimits: {
      perPerson: values.LIMIT_REQUESTS_PER_PERSON,
      perAddress: values.LIMIT_REQUESTS_PER_ADDRESS,
    },
    requireEmail: values.REQUIRE_EMAIL,
    trustProxy: values.TRUST_PROXY,
    videoFrames: values.VIDEO_FRAMES,
    production: values.NODE_ENV === 'production',
  }
}

function toLimits(values: Environment): SyncLimits {
  return {
    updateBytes: values.LIMIT_UPDATE_BYTES,
    documentBytes: values.LIMIT_DOCUMENT_BYTES,
    personBytes: values.LIMIT_PERSON_BYTES,
    messagesPerSecond: values.LIMIT_MESSAGES_PER_SECOND,
    messageBurst: values.LIMIT_MESSAGE_BURST,
    connectionsPerPerson: values.LIMIT_CONNECTIONS_PER_PERSON,
    channelsPerSocket: values.LIMIT_CHANNELS_PER_SOCKET,
    unauthenticatedPerAddress: values.LIMIT_UNAUTHENTICATED_PER_ADDRESS,
    pauseAtBytes: values.LIMIT_PAUSE_AT_BYTES,
    refuseAtBytes: values.LIMIT_REFUSE_AT_BYTES,
    unreadBytes: values.LIMIT_UNREAD_BYTES,
    socketUnreadBytes: values.LIMIT_SOCKET_UNREAD_BYTES,
    answerMs: values.LIMIT_ANSWER_MS,
    pongMs: values.LIMIT_PONG_MS,
    socketMs: values.LIMIT_SOCKET_MS,
  }
}

/** The key store's database where none is named: on the same server, `_keys` behind the name of the first. */
function besideIt(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `${url.pathname}_keys`
  return url.href
}
