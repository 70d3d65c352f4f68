// Accounts on databases of their own, with a clock that tests move.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import { pino } from 'pino'
import { type Accounts, createAccounts } from '../../server/src/accounts/accounts.ts'
import { countingInPostgres } from '../../server/src/accounts/attempt-stores.ts'
import { createAttempts } from '../../server/src/accounts/attempts.ts'
import { createErasure, createRowErasure, type Erasure } from '../../server/src/accounts/erasure.ts'
import type { OpenDocuments } from '../../server/src/accounts/registration.ts'
import { createTokens } from '../../server/src/accounts/tokens.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { openDocuments } from '../../server/src/db/documents.ts'
import { createKeyDestructions } from '../../server/src/documents/key-destructions.ts'
import { createDataKeys, type DataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { loadServerKeys } from '../../server/src/encryption/server-keys.ts'
import type { Outbox } from '../../server/src/mail/outbox.ts'
import { createTestDatabases } from './postgres.ts'

/** Accounts and what they stand on. */
export interface TestAccounts extends AsyncDisposable {
  readonly accounts: Accounts
  readonly erasure: Erasure
  readonly pool: Pool
  readonly keysPool: Pool
  readonly dataKeys: DataKeys
  /** Milliseconds; assign to move it. */
  readonly clock: { nowMs: number }
}

/** A private Ed25519 key that signs tokens. */
export function newJwtKey(kid: string): JWK {
  return { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid }
}

/** Makes accounts on fresh databases. */
export async function createTestAccounts(
  options: { openDocuments?: OpenDocuments; outbox?: Outbox } = {},
): Promise<TestAccounts> {
  const databases = await createTestDatabases()
  const pool = createPool(databases.databaseUrl)
  const keysPool = createPool(databases.keysDatabaseUrl)
  const clock = { nowMs: Date.UTC(2026, 0, 15, 12) }
  const nowMs = () => clock.nowMs
  const keyring = createKeyring([{ id: 'k1', key: randomBytes(32) }])
  const dataKeys = createDataKeys({ pool: keysPool, keyring })
  const serverKeys = await loadServerKeys({ pool: keysPool, keyring })
  const { lookup } = serverKeys
  const destructions = createKeyDestructions({ pool, keysPool, dataKeys })
  const eraseRows = createRowErasure({ keysPool, destructions, lookup, nowMs })
  const outbox = options.outbox ?? { add: async () => undefined }
  const accounts = createAccounts({
    pool,
    dataKeys,
    ...serverKeys,
    attempts: createAttempts({
      openLimiter: countingInPostgres(pool),
      lookup,
      limits: { perAccount: 1e6, perAddress: 1e6 },
    }),
    ...{ outbox, eraseRows },
    logger: pino({ level: 'silent' }),
    requireEmail: false,
    tokens: await createTokens({ jwtKeys: [newJwtKey('a')], issuer: 'http://127.0.0.1', nowMs }),
    openDocuments: options.openDocuments ?? openDocuments,
    nowMs,
  })
  const { proofs } = accounts
  return {
    accounts,
    erasure: createErasure({ pool, dataKeys, eraseRows, outbox, proofs, onErased: () => undefined }),
    pool,
    keysPool,
    dataKeys,
    clock,
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), keysPool.end()])
      await databases[Symbol.asyncDispose]()
    },
  }
}
