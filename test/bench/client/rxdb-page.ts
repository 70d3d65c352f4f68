// RxDB on its Dexie storage, at the durability of the others.
import { createRxDatabase } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { billId, offer, type Subject, vote } from './measures.ts'

const text = { type: 'string', maxLength: 40 } as const
const schema = {
  version: 0,
  primaryKey: 'billId',
  type: 'object',
  properties: { billId: text, choice: text, votedAt: text },
} as const

async function openRxdb(name: string): Promise<Subject> {
  const database = await createRxDatabase({
    name,
    storage: getRxStorageDexie({ chromeTransactionDurability: 'strict' }),
    multiInstance: false,
  })
  const { votes } = await database.addCollections({ votes: { schema } })
  const kept = await votes.find().exec()
  return {
    write: async key => void (await votes.incrementalUpsert({ billId: billId(key), ...vote() })),
    size: () => kept.length,
    close: async () => void (await database.close()),
  }
}

offer({ rxdb: openRxdb })
