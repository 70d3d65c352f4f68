// Sync for pages without the SDK: what they keep in a browser is merged into the documents, and given back whole.
import { isDeepStrictEqual } from 'node:util'
import {
  billIdOfCopy,
  bookmarkSchema,
  CodedError,
  type CopiedBookmark,
  type CopiedVote,
  type DownloadResponse,
  downloadResponseSchema,
  type JsonValue,
  keyOf,
  type OpenableDocument,
  type PreparedCatalog,
  partsOf,
  prepareCatalog,
  profileIn,
  type ReadonlyState,
  readValue,
  resolveResource,
  type UploadRequest,
  type UploadResponse,
  uploadRequestSchema,
  uploadResponseSchema,
  voteSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Catalogs } from '../catalog/catalogs.ts'
import { asPerson } from '../db/as-person.ts'
import type { Pool } from '../db/database.ts'
import { listDocuments } from '../db/documents.ts'
import type { DocumentWriter, Write } from '../documents/document-writer.ts'
import type { OpenState } from '../projection/open-state.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_RESOURCE } from './examples.ts'
import { validated } from './validate.ts'
import { WRITE_CODES } from './write-codes.ts'

interface BrowserCopyServices {
  readonly pool: Pool
  readonly writer: DocumentWriter
  readonly openState: OpenState
  readonly catalogs: Catalogs
  readonly nowMs: () => number
}

const EXAMPLE_UPLOAD: UploadRequest = {
  votes: { 'hr82-118': { vote: 'yes', timestamp: 1_772_366_400_000 }, HR14: 'no' },
  bookmarks: ['video1'],
  preferences: { language: 'en', theme: 'dark' },
}

const operations = {
  upload: documented({
    summary: 'Merge what a browser keeps into my documents',
    description:
      'A vote or a bookmark that is older than what the documents have changes nothing, and neither does a preference that is stated there: so the same upload may be sent any number of times. Keep the copy in the browser afterwards: nothing asks for it to be cleared.',
    who: 'person',
    answer: {
      schema: uploadResponseSchema,
      example: { written: { votes: 2, bookmarks: 1, preferences: 2 }, skipped: [] } satisfies UploadResponse,
    },
    codes: WRITE_CODES,
    example: { body: EXAMPLE_UPLOAD },
  }),
  download: documented({
    summary: 'Get what a browser is to keep',
    description: 'From what is open to the server. To send it back changes nothing.',
    who: 'person',
    answer: {
      schema: downloadResponseSchema,
      example: {
        votes: { 'hr82-118': { vote: 'yes', timestamp: 1_772_366_400_000 } },
        bookmarks: [{ id: EXAMPLE_RESOURCE.id, kind: 'resource', timestamp: 1_772_366_400_000 }],
        preferences: { language: 'en', theme: 'dark' },
      } satisfies DownloadResponse,
    },
  }),
}

/** `POST /upload`, `GET /download`. */
export function createBrowserCopyRoutes(services: BrowserCopyServices): Hono<AuthenticatedEnv> {
  const { pool, writer, openState, catalogs, nowMs } = services
  const routes = new Hono<AuthenticatedEnv>()

  routes.post('/upload', operations.upload, validated('json', uploadRequestSchema), async c => {
    const { votes = {}, bookmarks = [], preferences = {} } = c.req.valid('json')
    const personId = c.var.person.id
    const catalog = prepareCatalog(await catalogs.resources())
    const copies = Object.entries(votes).map(([given, vote]) => toVoteCopy(given, vote))
    const given = new Set<OpenableDocument>([
      ...(copies.length > 0 ? (['votes'] as const) : []),
      ...(bookmarks.length > 0 ? (['bookmarks'] as const) : []),
      ...(Object.keys(preferences).length > 0 ? (['profile'] as const) : []),
    ])
    checkOpen(given, await asPerson(pool, personId, db => listDocuments(db, personId)))
    const write = async (
      document: OpenableDocument,
      compute: (state: ReadonlyState) => readonly Write[],
    ): Promise<number> =>
      given.has(document) ? (await writer.write({ personId, document }, compute)).length : 0
    const written = {
      votes: await write('votes', state =>
        latestOfEachKey(copies.flatMap(copy => voteWrites(state, copy, nowMs()))),
      ),
      bookmarks: await write('bookmarks', state =>
        latestOfEachKey(bookmarks.flatMap(copy => bookmarkWrites(state, copy, { catalog, nowMs: nowMs() }))),
      ),
      preferences: await write('profile', state =>
        Object.entries(preferences).flatMap(([field, value]) =>
          value === undefined || state.has(keyOf(field)) ? [] : [{ key: keyOf(field), value, asOfMs: 0 }],
        ),
      ),
    }
    const skipped = copies.flatMap(({ billId, given }) => (billId === undefined ? [given] : []))
    return c.json({ written, skipped } satisfies UploadResponse)
  })

  routes.get('/download', operations.download, async c => {
    const states = await openState.readAll(c.var.person.id)
    const catalog = prepareCatalog(await catalogs.resources())
    return c.json({
      votes: copiedVotes(states.votes ?? new Map()),
      bookmarks: copiedBookmarks(states.bookmarks ?? new Map(), catalog),
      preferences: profileIn(states.profile ?? new Map()).fields,
    } satisfies DownloadResponse)
  })
  return routes
}

/** Before anything is written, so that of an upload all or nothing is merged. */
function checkOpen(
  given: ReadonlySet<OpenableDocument>,
  documents: Awaited<ReturnType<typeof listDocuments>>,
): void {
  for (const name of given) {
    const mode = documents.find(({ document }) => document === name)?.mode
    if (mode === undefined) throw new CodedError('consent-required')
    if (mode === 'sealed') throw new CodedError('document-sealed')
  }
}

interface VoteCopy extends CopiedVote {
  readonly given: string
  readonly billId: string | undefined
}

function toVoteCopy(given: string, vote: CopiedVote | CopiedVote['vote']): VoteCopy {
  const copy = typeof vote === 'string' ? { vote } : vote
  return { ...copy, given, billId: billIdOfCopy(given, copy.timestamp) }
}

function voteWrites(state: ReadonlyState, { billId, given: _, ...copy }: VoteCopy, nowMs: number): Write[] {
  if (billId === undefined) return []
  const { vote, timestamp, billName, billNumber, billType, level } = copy
  return copyWrites(state, keyOf(billId), { timestamp, nowMs }, time => ({
    choice: vote,
    ...(billName !== undefined && { billName }),
    ...(billNumber !== undefined && { billNumber }),
    ...(billType !== undefined && { billType }),
    ...(level !== undefined && { governmentLevel: level }),
    votedAt: time,
  }))
}

function bookmarkWrites(
  state: ReadonlyState,
  copy: string | CopiedBookmark,
  { catalog, nowMs }: { readonly catalog: PreparedCatalog; readonly nowMs: number },
): Write[] {
  const { id, kind = 'resource', timestamp, folder } = typeof copy === 'string' ? { id: copy } : copy
  const key = keyOf(kind, kind === 'resource' ? resolveResource(catalog, id) : id)
  return copyWrites(state, key, { timestamp, nowMs }, time => ({
    ...{ addedAt: time, ...(folder !== undefined && { folder }) },
  }))
}

/** A copy without time is news only where there has never been anything, on any device: it is as old as can be. */
function copyWrites(
  state: ReadonlyState,
  key: string,
  { timestamp, nowMs }: { readonly timestamp: number | undefined; readonly nowMs: number },
  valueAt: (time: string) => JsonValue,
): Write[] {
  const present = state.get(key)
  if (timestamp === undefined && present) return []
  // Nobody has done anything in the future: it would beat everything to come.
  const doneMs = Math.min(timestamp ?? nowMs, nowMs)
  const asOfMs = timestamp === undefined ? 0 : doneMs
  const value = valueAt(new Date(doneMs).toISOString())
  return present && isDeepStrictEqual(present.value, value) ? [] : [{ key, value, asOfMs }]
}

const latestOfEachKey = (writes: readonly Write[]): Write[] => [
  ...new Map(
    writes.toSorted((a, b) => (a.asOfMs ?? 0) - (b.asOfMs ?? 0)).map(write => [write.key, write]),
  ).values(),
]

function copiedVotes(state: ReadonlyState): DownloadResponse['votes'] {
  const votes = [...state.values()].flatMap(({ key, value }) => {
    const [billId] = partsOf(key) ?? []
    const vote = readValue(voteSchema, value)
    if (!billId || !vote) return []
    const { choice, votedAt, governmentLevel, ...details } = vote
    const copy: CopiedVote = {
      ...{ vote: choice, timestamp: Date.parse(votedAt), ...details },
      ...(governmentLevel && { level: governmentLevel }),
    }
    return [[billId, copy] as const]
  })
  return Object.fromEntries(votes)
}

function copiedBookmarks(state: ReadonlyState, catalog: PreparedCatalog): CopiedBookmark[] {
  return [...state.values()].flatMap(({ key, value }) => {
    const [kind, given] = partsOf(key) ?? []
    const bookmark = readValue(bookmarkSchema, value)
    if (!kind || !given || !bookmark) return []
    const id = kind === 'resource' ? resolveResource(catalog, given) : given
    const { addedAt, folder } = bookmark
    return [{ id, kind, timestamp: Date.parse(addedAt), ...(folder !== undefined && { folder }) }]
  })
}
