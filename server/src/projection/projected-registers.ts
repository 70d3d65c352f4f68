// Projected rows as registers: encrypted when written, decrypted when read.
import {
  type OpenableDocument,
  parseEntry,
  type ReadonlyState,
  type Register,
  type State,
  toEntry,
} from '@workforce-democracy/shared'
import { type ProjectedDocument, type ProjectedRow, projectionTable } from '../db/projections.ts'
import type { DataCipher, DataKeys, KeyScope } from '../encryption/data-keys.ts'
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
  const value = cipher.seal(Buffer.from(JSON.stringify(toEntry(register))), placeOf(scope.document, hash))
  return { hash, generation: scope.generation, value }
}

/** States by document. */
export type States = Partial<Record<OpenableDocument, ReadonlyState>>

/** Opens the projected registers of people. */
export interface ProjectedReader {
  /** The states of what was listed; `undefined` where a document is not projected, or has moved since. */
  open(personId: string, listed: readonly ProjectedDocument[]): Promise<States | undefined>
}

/** Makes a reader. */
export function createProjectedReader({ dataKeys }: { dataKeys: DataKeys }): ProjectedReader {
  return {
    async open(personId, listed) {
      const scopeById = new Map<string, KeyScope>()
      for (const { document, rows = [] } of listed)
        for (const { generation } of rows)
          scopeById.set(`${document}/${generation}`, { personId, document, generation })
      const ciphers = await dataKeys.allExisting([...scopeById.values()])
      const cipherById = new Map([...scopeById.keys()].map((id, index) => [id, ciphers[index]]))
      const states: States = {}
      for (const { document, rows } of listed) {
        if (!rows) return undefined
        const state: State = new Map()
        for (const { hash, generation, value } of rows) {
          const cipher = cipherById.get(`${document}/${generation}`)
          if (!cipher) return undefined
          const entry: unknown = JSON.parse(cipher.open(value, placeOf(document, hash)).toString())
          const register = parseEntry(entry)
          if (register) state.set(register.key, register)
        }
        states[document] = state
      }
      return states
    },
  }
}

const placeOf = (document: OpenableDocument, hash: Buffer) => ({
  table: projectionTable(document),
  column: 'value',
  row: hash.toString('hex'),
})
