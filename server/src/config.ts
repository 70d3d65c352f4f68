// The configuration: environment variables only, read here and nowhere else.
import { isIP } from 'node:net'
import { CodedError } from '@workforce-democracy/shared'
import type { JWK } from 'jose'
import * as z from 'zod/mini'
import type { Secrets } from './secrets.ts'

/** What the environment says. */
export interface Settings {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Where what has no place of its own is kept. */
  readonly dataDir: string
  /** `undefined`: an embedded Postgres below the data directory. */
  readonly databaseUrl: string | undefined
  /** For migrations and locks, where `databaseUrl` is a pooler. */
  readonly databaseDirectUrl: string | undefined
  readonly keysDatabaseUrl: string | undefined
  /** `undefined`: development secrets, made once. */
  readonly encryptionKeys: Secrets['encryptionKeys'] | undefined
  readonly jwtKeys: Secrets['jwtKeys'] | undefined
  readonly corsOrigins: readonly string[]
  /** Address that people reach the server at; the issuer of its tokens. */
  readonly publicUrl: string | undefined
  readonly logLevel: (typeof LOG_LEVELS)[number]
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

const KEY_BYTES = 32

const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'is not a URL such as postgres://user:password@host/database',
})
const httpUrl = z.url({ protocol: /^https?$/, error: 'is not a URL such as https://example.org' })

const port = z.coerce
  .number()
  .check(z.int('is not a whole number'), z.minimum(0, 'is below 0'), z.maximum(65_535, 'is above 65535'))

const host = z
  .string()
  .check(
    z.refine(
      text => isIP(text) !== 0 || /^[a-z0-9.-]+$/i.test(text),
      'is neither an address nor a host name',
    ),
  )

const origins = z.pipe(
  z.pipe(
    z.string(),
    z.transform(text =>
      text
        .split(',')
        .map(each => each.trim())
        .filter(Boolean),
    ),
  ),
  z.array(httpUrl),
)

/** `id:base64,id:base64`, the first is current. */
const keyring = z.pipe(
  z.string(),
  z.transform((text, context) =>
    text.split(',').map(entry => {
      const [id, base64] = entry.trim().split(':')
      const key = Buffer.from(base64 ?? '', 'base64')
      if (!id || key.length !== KEY_BYTES) {
        context.issues.push({
          code: 'custom',
          message: 'has an entry that is not id:base64 of 32 bytes',
          input: '',
        })
      }
      return { id: id ?? '', key }
    }),
  ),
)

const signingKeys = z.pipe(
  z.string(),
  z.transform((text, context): readonly JWK[] => {
    try {
      const keys: unknown = JSON.parse(text)
      if (Array.isArray(keys) && keys.length > 0 && keys.every(isSigningKey)) return keys
    } catch {
      // The one message below says what is expected.
    }
    context.issues.push({
      code: 'custom',
      message: 'is not a JSON array of private Ed25519 JWKs with kid',
      input: '',
    })
    return []
  }),
)

function isSigningKey(key: unknown): key is JWK {
  const { kty, crv, d, x, kid } = (key ?? {}) as JWK
  return (
    kty === 'OKP' && crv === 'Ed25519' && [d, x, kid].every(each => typeof each === 'string' && each !== '')
  )
}

const environmentSchema = z.object({
  PORT: z._default(port, 8787),
  HOST: z._default(host, '127.0.0.1'),
  DATA_DIR: z._default(z.string(), './data'),
  DATABASE_URL: z.optional(postgresUrl),
  DATABASE_DIRECT_URL: z.optional(postgresUrl),
  KEYS_DATABASE_URL: z.optional(postgresUrl),
  ENCRYPTION_KEYS: z.optional(keyring),
  JWT_PRIVATE_KEYS: z.optional(signingKeys),
  CORS_ORIGINS: z._default(origins, []),
  PUBLIC_URL: z.optional(httpUrl),
  LOG_LEVEL: z._default(z.enum(LOG_LEVELS, `is not one of ${LOG_LEVELS.join(', ')}`), 'info'),
  NODE_ENV: z.optional(z.string()),
})

/** What production may not make up by itself. */
const REQUIRED_IN_PRODUCTION = ['DATABASE_URL', 'ENCRYPTION_KEYS', 'JWT_PRIVATE_KEYS'] as const

/**
 * Reads the environment. An empty variable counts as unset.
 *
 * @throws CodedError `invalid-config`, a line for each mistake; no line shows a value
 */
export function loadSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
  const parsed = z.safeParse(environmentSchema, given)
  const mistakes = (parsed.error?.issues ?? []).map(issue => `${String(issue.path[0])} ${issue.message}.`)
  if (given.NODE_ENV === 'production') {
    for (const name of REQUIRED_IN_PRODUCTION)
      if (!given[name]) mistakes.push(`${name} is required in production.`)
  }
  if (mistakes.length > 0 || !parsed.data) throw new CodedError('invalid-config', mistakes.join('\n'))
  const values = parsed.data
  return {
    host: values.HOST,
    port: values.PORT,
    dataDir: values.DATA_DIR,
    databaseUrl: values.DATABASE_URL,
    databaseDirectUrl: values.DATABASE_DIRECT_URL ?? values.DATABASE_URL,
    keysDatabaseUrl: values.KEYS_DATABASE_URL ?? (values.DATABASE_URL && besideIt(values.DATABASE_URL)),
    encryptionKeys: values.ENCRYPTION_KEYS,
    jwtKeys: values.JWT_PRIVATE_KEYS,
    corsOrigins: values.CORS_ORIGINS,
    publicUrl: values.PUBLIC_URL,
    logLevel: values.LOG_LEVEL,
    production: values.NODE_ENV === 'production',
  }
}

/** The key store's database where none is named: on the same server, `_keys` behind the name of the first. */
function besideIt(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `${url.pathname}_keys`
  return url.href
}
