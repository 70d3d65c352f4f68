// Everything that two databases hold, opened with every key that the server has: what somebody finds who has it all.
import { createDecipheriv } from 'node:crypto'
import pg from 'pg'
import type { Config } from '../../server/src/config.ts'
import { dataKeyLabel } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import type { TestDatabases } from './postgres.ts'

/** A copy of both databases. */
export interface AtRest {
  /** Every value of every row that is not null, as it is stored. */
  readonly values: readonly (string | Buffer)[]
  /** Every data key that is in the key store, with whose it is. */
  readonly keys: readonly { readonly of: string; readonly key: Buffer }[]
}

/** Makes a copy. */
export async function copyAtRest({
  config,
  databases,
}: {
  readonly config: Pick<Config, 'encryptionKeys'>
  readonly databases: Pick<TestDatabases, 'databaseUrl' | 'keysDatabaseUrl'>
}): Promise<AtRest> {
  const values = [...(await valuesIn(databases.databaseUrl)), ...(await valuesIn(databases.keysDatabaseUrl))]
  const keyring = createKeyring(config.encryptionKeys)
  const rows = await query(databases.keysDatabaseUrl, {
    text: `select person_id as "personId", document, generation, keyring_id as "keyringId", wrapped
      from data_keys where wrapped is not null`,
  })
  const keys = rows.map(row => ({
    of: `${row.personId}/${row.document}/${row.generation}`,
    key: keyring.unwrap(row, dataKeyLabel(row)),
  }))
  return { values, keys }
}

/**
 * Which of the texts can be read in `values` with `keys`. Bytes are tried with every key, wherever they were stored: the
 * tag of a value is not looked at, so that its place need not be known.
 */
export function readableIn(
  { values }: Pick<AtRest, 'values'>,
  { keys }: Pick<AtRest, 'keys'>,
  texts: readonly string[],
): string[] {
  const found = new Set<string>()
  const look = (text: string) => {
    for (const each of texts) if (text.includes(each)) found.add(each)
  }
  for (const value of values) {
    if (typeof value === 'string') look(value)
    else {
      look(value.toString('latin1'))
      for (const { key } of keys) look(decrypted(value, key).toString('latin1'))
    }
  }
  return [...found].sort()
}

/** How many rows of each table name a person in whatever column, where there are any. */
export async function rowsNaming(
  { databases }: { readonly databases: Pick<TestDatabases, 'databaseUrl' | 'keysDatabaseUrl'> },
  personId: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const databaseUrl of [databases.databaseUrl, databases.keysDatabaseUrl]) {
    const tables = await query(databaseUrl, {
      text: `select table_name as name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema = 'public'`,
    })
    for (const { name } of tables) {
      const rows = await query(databaseUrl, { text: `select t::text as text from "${name}" t` })
      const naming = rows.filter(({ text }) => text.includes(personId))
      if (naming.length > 0) counts[name] = naming.length
    }
  }
  return counts
}

/** GCM without its tag is counter mode, whose first block is number 2. */
function decrypted(sealed: Buffer, key: Buffer): Buffer {
  if (sealed.length < 29) return Buffer.alloc(0)
  const counter = Buffer.concat([sealed.subarray(1, 13), Buffer.of(0, 0, 0, 2)])
  return createDecipheriv('aes-256-ctr', key, counter).update(sealed.subarray(13, -16))
}

async function valuesIn(databaseUrl: string): Promise<(string | Buffer)[]> {
  const tables = await query(databaseUrl, {
    text: `select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  })
  const values: (string | Buffer)[] = []
  for (const { schema, name } of tables)
    for (const row of await query(databaseUrl, { text: `select * from "${schema}"."${name}"` }))
      for (const value of Object.values(row))
        if (value !== null)
          values.push(Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value))
  return values
}

async function query(connectionString: string, text: { readonly text: string }) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
