// The thread of a compactor: builds what compacting takes, and compacts what it is told to.
import { parentPort, workerData } from 'node:worker_threads'
import { errorCode } from '@workforce-democracy/shared'
import { createPool, READ_TIMEOUTS } from '../db/database.ts'
import { sqlState } from '../db/error-codes.ts'
import { createDocumentReader } from '../documents/document-reader.ts'
import { createGenerations } from '../documents/generations.ts'
import { createKeyDestructions } from '../documents/key-destructions.ts'
import { createDataKeys } from '../encryption/data-keys.ts'
import { createKeyring } from '../encryption/keyring.ts'
import { type CompactionServices, compact } from './compact-document.ts'
import type { CompactorReply, CompactorRequest, CompactorThreadSettings } from './compactor.ts'
import { createDocumentWorker } from './document-worker.ts'

/** As many as compactions at once; keys are looked up in a moment. */
const CONNECTIONS = 4
const KEYS_CONNECTIONS = 2
/** Most documents are compacted here: only those of more than 800 KB or some second are worth a thread of their own. */
const PATIENCE = 100

const { maxHeapMib, ...settings } = workerData as CompactorThreadSettings
const { databaseUrl, keysDatabaseUrl, prepares, encryptionKeys } = settings
const pool = createPool(databaseUrl, { ...READ_TIMEOUTS, prepares, max: CONNECTIONS })
const keysPool = createPool(keysDatabaseUrl, { ...READ_TIMEOUTS, prepares, max: KEYS_CONNECTIONS })
// Nothing stays: who destroys a key does not reach this thread.
const dataKeys = createDataKeys({ pool: keysPool, keyring: createKeyring(encryptionKeys), cacheSize: 0 })
// So that neither the time nor the memory that one document takes is that of the others.
const worker = createDocumentWorker({ maxHeapMib, patience: PATIENCE })
const services: CompactionServices = {
  pool,
  dataKeys,
  worker,
  reader: createDocumentReader({ dataKeys }),
  generations: createGenerations({
    pool,
    dataKeys,
    destructions: createKeyDestructions({ pool, keysPool, dataKeys }),
    nowMs: Date.now,
    onMoved: (ref, head) => say({ type: 'moved', ref, head }),
  }),
  metrics: { compacted: () => say({ type: 'compacted' }) },
}
const underWay = new Set<Promise<void>>()
let isStopping = false

parentPort?.on('message', (request: CompactorRequest) => {
  if (request.type === 'stop') void stop()
  else {
    const work = run(request).finally(() => underWay.delete(work))
    underWay.add(work)
  }
})

async function run({ id, ref, wish }: CompactorRequest & { type: 'compact' }): Promise<void> {
  try {
    const options = { ...wish, isConnected: () => wish.isConnected, isStopping: () => isStopping }
    say({ type: 'done', id, compacted: await compact(services, ref, options) })
  } catch (error) {
    say({ type: 'failed', id, code: sqlState(error) ?? errorCode(error) })
  }
}

async function stop(): Promise<void> {
  isStopping = true
  await Promise.all(underWay)
  await worker[Symbol.asyncDispose]()
  await Promise.all([pool.end(), keysPool.end()])
  parentPort?.close()
}

function say(reply: CompactorReply): void {
  parentPort?.postMessage(reply)
}
