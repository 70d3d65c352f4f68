import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore, createSqliteStore } from '@workforce-democracy/client/node'
import { runStoreContract } from '@workforce-democracy/client/store-contract'
import { afterAll, beforeAll, describe, it } from 'vitest'

describe('the memory store', () => {
  runStoreContract({
    test: it,
    createPlace: async () => {
      const store = createMemoryStore()
      return () => store
    },
  })
})

describe('the SQLite store', () => {
  let directory: string
  let count = 0
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wd-store-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  runStoreContract({
    test: it,
    createPlace: async () => {
      const path = join(directory, `store-${count++}.sqlite`)
      return () => createSqliteStore({ path })
    },
  })
})
