import { createHash } from 'node:crypto'
import {
  CHANNELS_SUBPROTOCOL,
  CLOSE_CODES,
  canonicalBytes,
  DOCUMENT_NAMES,
  DURABLE_SUBPROTOCOL,
  EXPORT_VERSION,
  encodeChannelFrame,
  encodeMessage,
  type JsonValue,
  REGISTERS_ROOT,
  renderExport,
  SERVER_DEVICE,
  STAMP_LIMIT,
  STAMPS_PER_MS,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  toEntry,
} from '@workforce-democracy/shared'
import { expect, it } from 'vitest'
import * as z from 'zod/mini'
import * as values from '../../shared/src/documents/values.ts'
import { exportDataSchema } from '../../shared/src/export-format/export-data.ts'
import * as auth from '../../shared/src/http-api/auth.ts'
import * as generations from '../../shared/src/http-api/generations.ts'
import { MAX_KEY_LENGTH } from '../../shared/src/registers/register.ts'

// What other programs, older clients and files people kept rely on. When a hash here differs, the change reaches
// them: if they would no longer understand, raise the version named beside the hash; then take the new hash over.

it('the frames of the protocol are those of wd-sync.1', () => {
  const some = new Uint8Array([1, 2, 3])
  const frames = [
    encodeMessage({ type: 'step1', stateVector: some }),
    encodeMessage({ type: 'step2', update: some }),
    encodeMessage({ type: 'update', update: some }),
    encodeMessage({ type: 'awareness', update: some }),
    encodeMessage({ type: 'query-awareness' }),
    encodeMessage({ type: 'renew-token', accessToken: 'token' }),
    encodeMessage({ type: 'durable', count: 1, position: 2 }),
    encodeMessage({ type: 'moved', generation: 3 }),
  ].map(frame => [...frame])
  const subprotocols = [DURABLE_SUBPROTOCOL, STOCK_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX]
  // Version: DURABLE_SUBPROTOCOL.
  expect(hashOf({ frames, subprotocols, closeCodes: CLOSE_CODES })).toBe('7bfe17f5aac282e7')
})

it('the channel frames are those of wd-channels.1', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const frames = [
    encodeChannelFrame({ type: 'open', channel: 300, target: 'votes?mode=open&generation=1' }),
    encodeChannelFrame({ type: 'data', channel: 300, bytes }),
    encodeChannelFrame({ type: 'part', channel: 300, bytes }),
    encodeChannelFrame({ type: 'close', channel: 300, code: 4409, reason: 'moved' }),
  ].map(frame => [...frame])
  // Version: CHANNELS_SUBPROTOCOL.
  expect(hashOf({ frames, subprotocol: CHANNELS_SUBPROTOCOL })).toBe('937aff0aff588e4d')
})

it('registers and the values of the documents are those of version 1', () => {
  const entry = toEntry({ key: 'k', stamp: 1, device: SERVER_DEVICE, value: null })
  const limits = [STAMP_LIMIT, STAMPS_PER_MS, MAX_KEY_LENGTH]
  const { profileFieldSchemas, ...rest } = values
  // No version of its own: registers of any age meet, so a change must let old values stay readable.
  expect(
    hashOf({
      entry,
      limits,
      root: REGISTERS_ROOT,
      documents: [...DOCUMENT_NAMES],
      values: { ...schemasOf(rest), profile: schemasOf(profileFieldSchemas) },
    }),
  ).toBe('bda5dfd774fb34e7')
})

it('the export file is that of version 1', () => {
  const documents = { profile: [], votes: [], bookmarks: [], progress: [], notes: [], settings: [] }
  const file = renderExport({ version: EXPORT_VERSION, madeAt: '2026-01-31T12:00:00Z', documents })
  const [container = ''] = /<script .*/s.exec(file) ?? []
  // Version: EXPORT_VERSION.
  expect(hashOf({ container, schema: z.toJSONSchema(exportDataSchema) as JsonValue })).toBe(
    '34c69d3d97c1787e',
  )
})

it('the shapes of /api/auth are those of the first version', () => {
  // No version yet: fields may be added, none taken away or narrowed.
  expect(hashOf(schemasOf(auth))).toBe('0a7a3854e449c868')
})

it('the shapes of a move to another generation are those of the first version', () => {
  // No version yet: fields may be added, none taken away or narrowed.
  expect(hashOf(schemasOf(generations))).toBe('d7fced42fe6e4b02')
})

/** The schemas among the exports of a module, as JSON Schema. */
function schemasOf(module: object): { [name: string]: JsonValue } {
  return Object.fromEntries(
    Object.entries(module)
      .filter(([, value]) => value instanceof z.core.$ZodType)
      .map(([name, schema]) => [name, z.toJSONSchema(schema as z.ZodMiniType, { io: 'input' }) as JsonValue]),
  )
}

function hashOf(shape: JsonValue): string {
  return createHash('sha256').update(canonicalBytes(shape)).digest('hex').slice(0, 16)
}
