// Projected rows as registers: encrypted when written, decrypted when read.
import {
  type OpenableDocument,
  parseEntry,
  type ReadonlyState,
  type Register,
  type State,
  toEntry,
} from '@workforce-democracy/shared'
import type { Db } from '../db/database.ts'
import { listProjected, type ProjectedRow, projectionTable } from '../db/projections.ts'
import type { DataCipher, DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'

/** The keyed hash that a register's row is found by. */
export function registerHash(
  lookup: Lookup,
  personId: string,
  document: OpenableDocument,
  key: string,
): Buffer {
  return lookup.hash('projection', personId, document, key)
}

/** The row of a register. */
export function toRow(
  { cipher, lookup }: { cipher: DataCipher; lookup: Lookup },
  scope: { personId: string; document: OpenableDocument; generation: number },
  register: Register,
): ProjectedRow {
  const hash = registerHash(lookup, scope.personId, scope.document, register.key)
  const place = { table: projectionTable(scope.document), column: 'value', row: hash.toString('hex') }
  const value = cipher.seal(Buffer.from(JSON.stringify(toEntry(register))), place)
  return { hash, generation: scope.generation, value }
}

/** Reads the projected registers of people. */
export interface ProjectedReader {
  /** The state of one document as far as it is projected; `undefined` where it is not, or where it moved meanwhile. */
  read(db: Db, personId: string, document: OpenableDocument): Promise<ReadonlyState | undefined>
}

/** Makes a reader. */
export function createProjectedReader({ dataKeys }: { dataKeys: DataKeys }): ProjectedReader {
  return {
    async read(db, personId, document) {
      const rows = await listProjected(db, personId, document)
      if (!rows) return undefined
      const state: State = new Map()
      const cipherByGeneration = new Map<number, DataCipher>()
      for (const { hash, generation, value } of rows) {
        const cipher =
          cipherByGeneration.get(generation) ?? (await dataKeys.existing({ personId, document, generation }))
        if (!cipher) return undefined
        cipherByGeneration.set(generation, cipher)
        const place = { table: projectionTable(document), column: 'value', row: hash.toString('hex') }
        const register = parseEntry(JSON.parse(cipher.open(value, place).toString()))
        if (register) state.set(register.key, register)
      }
      return state
    },
  }
}
