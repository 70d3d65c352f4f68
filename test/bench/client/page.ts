// What is measured in the page: the SDK, and y-indexeddb at the same durability, which it does not ask for by itself.
import { type BrowserClient, openClient } from '@workforce-democracy/client/browser'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'
import { billId, offer, type Subject, vote } from './measures.ts'

async function openOurs(name: string): Promise<Subject> {
  const client: BrowserClient = await openClient({ name })
  return {
    write: async key => void (await client.votes.cast(billId(key), 'yes')),
    size: () => client.votes.list().length,
    close: () => client.close(),
  }
}

async function openYIndexeddb(name: string): Promise<Subject> {
  const doc = new Y.Doc()
  const persistence = new IndexeddbPersistence(name, doc)
  await persistence.whenSynced
  const votes = doc.getMap('votes')
  return {
    async write(key) {
      const saved = nextCommit()
      votes.set(billId(key), vote())
      await saved
    },
    size: () => votes.size,
    close: () => persistence.destroy(),
  }
}

/** Resolves when the next transaction that somebody begins has been committed, which then waits for the disk. */
function nextCommit(): Promise<void> {
  const begin = IDBDatabase.prototype.transaction
  return new Promise((resolve, reject) => {
    IDBDatabase.prototype.transaction = function (stores, mode) {
      IDBDatabase.prototype.transaction = begin
      const transaction = begin.call(this, stores, mode, { durability: 'strict' })
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error))
      return transaction
    }
  })
}

offer({ ours: openOurs, 'y-indexeddb': openYIndexeddb })
