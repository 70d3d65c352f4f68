// The environment: defaults, mistakes, and what production does not take; and the development secrets.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import { describe, expect, test } from 'vitest'
import { DEFAULT_ATTEMPT_LIMITS } from '../../server/src/accounts/attempts.ts'
import { loadSettings } from '../../server/src/config.ts'
import { DEFAULT_REQUEST_LIMITS } from '../../server/src/http/request-limits.ts'
import { developmentSecrets } from '../../server/src/secrets.ts'
import { DEFAULT_SYNC_LIMITS } from '../../server/src/sync/limits.ts'

const keyOf = (id: string, sizeBytes = 32) => `${id}:${randomBytes(sizeBytes).toString('base64')}`

const signingKey = (kid: string) => ({
  ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }),
  kid,
})

const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://ada@db.example/people',
  ENCRYPTION_KEYS: keyOf('2026-01'),
  JWT_PRIVATE_KEYS: JSON.stringify([signingKey('2026-01')]),
  SMTP_URL: 'smtps://ada:secret@mail.example',
  MAIL_FROM: 'no-reply@example.org',
  PUBLIC_URL: 'https://example.org',
}

const LIMITS = [
  ['LIMIT_UPDATE_BYTES', 'updateBytes'],
  ['LIMIT_DOCUMENT_BYTES', 'documentBytes'],
  ['LIMIT_PERSON_BYTES', 'personBytes'],
  ['LIMIT_MESSAGES_PER_SECOND', 'messagesPerSecond'],
  ['LIMIT_MESSAGE_BURST', 'messageBurst'],
  ['LIMIT_CONNECTIONS_PER_PERSON', 'connectionsPerPerson'],
  ['LIMIT_CHANNELS_PER_SOCKET', 'channelsPerSocket'],
  ['LIMIT_UNAUTHENTICATED_PER_ADDRESS', 'unauthenticatedPerAddress'],
  ['LIMIT_PAUSE_AT_BYTES', 'pauseAtBytes'],
  ['LIMIT_REFUSE_AT_BYTES', 'refuseAtBytes'],
  ['LIMIT_UNREAD_BYTES', 'unreadBytes'],
  ['LIMIT_SOCKET_UNREAD_BYTES', 'socketUnreadBytes'],
  ['LIMIT_ANSWER_MS', 'answerMs'],
  ['LIMIT_PONG_MS', 'pongMs'],
  ['LIMIT_SOCKET_MS', 'socketMs'],
] as const

/** Names of the variables that are complained about, one a line. */
function mistaken(environment: NodeJS.ProcessEnv): readonly (string | undefined)[] {
  try {
    loadSettings(environment)
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'invalid-config') throw error
    return (error.detail ?? '').split('\n').map(line => line.split(' ')[0])
  }
  return []
}

describe('settings', () => {
  test('have defaults for everything, and an empty variable counts as unset', () => {
    const settings = loadSettings({ PORT: '', DATABASE_URL: ' ', CORS_ORIGINS: '' })
    expect(settings).toEqual({
      ...{ host: '127.0.0.1', port: 8787, dataDir: settings.dataDir, corsOrigins: [], logLevel: 'info' },
      ...{ databaseUrl: undefined, databaseDirectUrl: undefined, keysDatabaseUrl: undefined },
      limits: DEFAULT_SYNC_LIMITS,
      attemptLimits: DEFAULT_ATTEMPT_LIMITS,
      requestLimits: DEFAULT_REQUEST_LIMITS,
      ...{ requireEmail: true, trustProxy: false, videoFrames: true },
      ...{ encryptionKeys: undefined, jwtKeys: undefined, publicUrl: undefined, production: false },
      ...{ smtpUrl: undefined, mailFrom: 'Workforce Democracy <no-reply@localhost>' },
    })
    expect(isAbsolute(settings.dataDir)).toBe(true)
  })

  test('read what is given', () => {
    const settings = loadSettings({
      ...PRODUCTION,
      PORT: '0',
      HOST: '::1',
      ENCRYPTION_KEYS: `${keyOf('new')}, ${keyOf('old')}`,
      CORS_ORIGINS: 'https://example.org, http://localhost:3000/',
      PUBLIC_URL: 'https://api.example.org/',
    })
    expect(settings).toMatchObject({
      port: 0,
      host: '::1',
      production: true,
      publicUrl: 'https://api.example.org',
    })
    expect(settings.encryptionKeys?.map(({ id, key }) => [id, key.length])).toEqual([
      ['new', 32],
      ['old', 32],
    ])
    expect(settings.corsOrigins).toEqual(['https://example.org', 'http://localhost:3000'])
    expect(settings.jwtKeys).toHaveLength(1)
  })

  test('put the key store beside the database, and migrate through its URL, unless told otherwise', () => {
    const DATABASE_URL = 'postgres://ada:secret@db.example:6432/people?sslmode=require'
    expect(loadSettings({ DATABASE_URL })).toMatchObject({
      databaseDirectUrl: DATABASE_URL,
      keysDatabaseUrl: 'postgres://ada:secret@db.example:6432/people_keys?sslmode=require',
    })
    const given = {
      DATABASE_DIRECT_URL: 'postgres://db.example/people',
      KEYS_DATABASE_URL: 'postgres://keys.example/k',
    }
    expect(loadSettings({ DATABASE_URL, ...given })).toMatchObject({
      databaseDirectUrl: given.DATABASE_DIRECT_URL,
      keysDatabaseUrl: given.KEYS_DATABASE_URL,
    })
  })

  test('complain about each mistake in a line of its own, without its value', () => {
    const environment = {
      PORT: 'eighty',
      HOST: 'not a host',
      DATABASE_URL: 'mysql://ada:hunter2@db.example/people',
      ENCRYPTION_KEYS: 'id:c2hvcnQ=',
      JWT_PRIVATE_KEYS: '{"d":"hunter2"}',
      CORS_ORIGINS: 'https://example.org/path',
      PUBLIC_URL: 'example.org',
      SMTP_URL: 'https://ada:hunter2@mail.example',
      MAIL_FROM: 'Ada <hunter2>',
      LOG_LEVEL: 'loud',
    }
    expect(mistaken(environment).toSorted()).toEqual(Object.keys(environment).toSorted())
    expect(() => loadSettings(environment)).toThrow(expect.not.stringMatching(/hunter2|eighty|c2hvcnQ/))
  })

  test.each([
    ['PORT', '1.5'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['DATABASE_URL', 'postgres://db.example'],
    ['ENCRYPTION_KEYS', keyOf('short', 31)],
    ['ENCRYPTION_KEYS', keyOf('long', 33)],
    ['ENCRYPTION_KEYS', keyOf('')],
    ['ENCRYPTION_KEYS', `${keyOf('twice')},${keyOf('twice')}`],
    ['ENCRYPTION_KEYS', `${keyOf('trailing-comma')},`],
    ['JWT_PRIVATE_KEYS', '[]'],
    ['JWT_PRIVATE_KEYS', 'null'],
    ['JWT_PRIVATE_KEYS', '[null]'],
    ['JWT_PRIVATE_KEYS', JSON.stringify([{ ...signingKey('public only'), d: undefined }])],
    ['JWT_PRIVATE_KEYS', JSON.stringify([{ ...signingKey('mixed'), x: signingKey('other').x }])],
    ['JWT_PRIVATE_KEYS', JSON.stringify([signingKey('twice'), signingKey('twice')])],
    ['JWT_PRIVATE_KEYS', JSON.stringify([{ ...signingKey('no kid'), kid: undefined }])],
    ['CORS_ORIGINS', 'https://example.org,'],
    ['CORS_ORIGINS', '*'],
    ['VIDEO_FRAMES', 'https://player.example'],
    ['MAIL_FROM', 'nobody'],
    ['MAIL_FROM', 'Ada Example no-reply@example.org'],
    ['SMTP_URL', 'smtp://mail.example'],
  ])('refuse %s=%s', (name, value) => {
    expect(mistaken({ [name]: value })).toEqual([name])
  })

  test('refuse the second of two databases without the first, and one database for both', () => {
    const url = 'postgres://db.example/people'
    expect(mistaken({ KEYS_DATABASE_URL: url, DATABASE_DIRECT_URL: url }).toSorted()).toEqual([
      'DATABASE_DIRECT_URL',
      'KEYS_DATABASE_URL',
    ])
    expect(mistaken({ DATABASE_URL: url, KEYS_DATABASE_URL: url })).toEqual(['KEYS_DATABASE_URL'])
  })

  test('of production have to name database, secrets, mail server and address', () => {
    expect(mistaken(PRODUCTION)).toEqual([])
    expect(mistaken({ NODE_ENV: 'production' })).toEqual([
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'JWT_PRIVATE_KEYS',
      'SMTP_URL',
      'PUBLIC_URL',
    ])
  })

  test('of production cannot be those that were made for development', async () => {
    await using directory = await temporaryDirectory()
    await developmentSecrets(directory.path)
    const file = JSON.parse(await readFile(join(directory.path, 'development-secrets.json'), 'utf8'))
    const copied = {
      ENCRYPTION_KEYS: file.ENCRYPTION_KEYS,
      JWT_PRIVATE_KEYS: JSON.stringify(file.JWT_PRIVATE_KEYS),
    }
    expect(mistaken(copied)).toEqual([])
    expect(mistaken({ ...PRODUCTION, ...copied })).toEqual(['ENCRYPTION_KEYS', 'JWT_PRIVATE_KEYS'])
  })
})

describe('limits', () => {
  test('are those of the specification unless variables say otherwise', () => {
    expect(loadSettings({}).limits).toEqual(DEFAULT_SYNC_LIMITS)
    expect(loadSettings({ LIMIT_PERSON_BYTES: '', LIMIT_PONG_MS: ' ' }).limits).toEqual(DEFAULT_SYNC_LIMITS)
  })

  test.each(LIMITS)('%s sets %s, and nothing else', (variable, limit) => {
    const value = DEFAULT_SYNC_LIMITS[limit] - 1
    expect(loadSettings({ [variable]: `${value}` }).limits).toEqual({
      ...DEFAULT_SYNC_LIMITS,
      [limit]: value,
    })
  })

  test('are all there', () => {
    expect(LIMITS.map(([, limit]) => limit).toSorted()).toEqual(Object.keys(DEFAULT_SYNC_LIMITS).toSorted())
  })

  test.each(
    LIMITS.flatMap(([variable]) =>
      ['0', '-1', '1.5', '1e3', 'many', '1000000001'].map(value => [variable, value]),
    ),
  )('refuse %s=%s', (variable, value) => {
    expect(mistaken({ [variable]: value })).toEqual([variable])
  })

  test('that contradict one another are refused', () => {
    expect(mistaken({ LIMIT_UPDATE_BYTES: '2000', LIMIT_DOCUMENT_BYTES: '1000' })).toEqual([
      'LIMIT_UPDATE_BYTES',
    ])
    expect(mistaken({ LIMIT_REFUSE_AT_BYTES: '1000' })).toEqual(['LIMIT_PAUSE_AT_BYTES'])
  })
})

describe('development secrets', () => {
  test('are made once, also by many at once, and only we can read them', async () => {
    await using directory = await temporaryDirectory()
    const made = await Promise.all(Array.from({ length: 8 }, () => developmentSecrets(directory.path)))
    expect(new Set(made.map(({ jwtKeys }) => jwtKeys[0]?.d)).size).toBe(1)
    expect(await developmentSecrets(directory.path)).toEqual(made[0])
    const [file, ...rest] = await readdir(directory.path)
    expect(rest).toEqual([])
    expect((await stat(join(directory.path, file!))).mode & 0o777).toBe(0o600)
  })

  test.each(['', '{', '{}', '{"ENCRYPTION_KEYS":"","JWT_PRIVATE_KEYS":[]}'])(
    'are not replaced when their file is damaged: %j',
    async text => {
      await using directory = await temporaryDirectory()
      const path = join(directory.path, 'development-secrets.json')
      await writeFile(path, text)
      await expect(developmentSecrets(directory.path)).rejects.toMatchObject({ code: 'invalid-config' })
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )
})

async function temporaryDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'wd-config-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
