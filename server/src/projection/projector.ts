// Follows the log of open documents into relational rows, rows and cursor in one transaction.
import {
  type DocumentName,
  isOpenable,
  joinAll,
  type OpenableDocument,
  type Register,
  type State,
} from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { type DocumentRow, holdDocument } from '../db/documents.ts'
import { sqlState } from '../db/error-codes.ts'
import {
  ensureCursor,
  listBehind,
  listProjected,
  lockCursor,
  moveCursor,
  type ProjectionCursor,
  replaceTopicEngagement,
  upsertProjected,
} from '../db/projections.ts'
import { type DocumentReader, type LoggedUpdate, updatesOf } from '../documents/document-reader.ts'
import type { WholeDocuments } from '../documents/whole-documents.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { Metrics } from '../metrics.ts'
import { PlainDocuments } from './plain-documents.ts'
import { type ProjectedReader, toRow } from './projected-registers.ts'
import { registersIn } from './register-decoder.ts'
import type { EngagementRows, TopicEngagement } from './topic-engagement.ts'

/** Keeps the rows of open documents up with their log. */
export interface Projector extends AsyncDisposable {
  /** Takes note that a document has new positions; they are projected soon. */
  poke(ref: { readonly personId: string; readonly document: DocumentName }): void
  /** Projects a person's open documents up to their heads: what was acknowledged is seen by what is read after. */
  catchUp(personId: string): Promise<void>
}

interface ProjectorServices {
  readonly pool: Pool
  readonly reader: DocumentReader
  readonly documents: WholeDocuments
  readonly projected: ProjectedReader
  readonly dataKeys: DataKeys
  readonly lookup: Lookup
  readonly topicEngagement: TopicEngagement
  readonly metrics: Pick<Metrics, 'projected'>
  readonly logger: Logger
}

/** How long changes gather before they are projected unasked. Whoever reads rows catches up first, and waits for nothing. */
const GATHER_MS = 30_000

interface OpenRef {
  readonly personId: string
  readonly document: OpenableDocument
}

interface Projection extends ProjectorServices {
  readonly plain: PlainDocuments
}

/** Makes the projector of this server. */
export function createProjector(services: ProjectorServices): Projector {
  const projection: Projection = { ...services, plain: new PlainDocuments() }
  const waiting = new Map<string, OpenRef>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  const schedule = () => {
    timer ??= setTimeout(() => {
      running = run()
    }, GATHER_MS).unref()
  }
  const run = async () => {
    const round = [...waiting.values()]
    waiting.clear()
    for (const ref of round) {
      // A failed projection is not lost: the cursor stays, and the next read or write of this person repeats it.
      await project(projection, ref).catch(error =>
        services.logger.error({ sqlState: sqlState(error) }, 'a projection failed'),
      )
    }
    timer = undefined
    if (waiting.size > 0) schedule()
  }
  return {
    poke({ personId, document }) {
      if (!isOpenable(document)) return
      waiting.set(`${personId}/${document}`, { personId, document })
      schedule()
    },
    async catchUp(personId) {
      for (const document of await listBehind(services.pool, personId))
        await project(projection, { personId, document })
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      waiting.clear()
      await running
    },
  }
}

async function project(projection: Projection, ref: OpenRef): Promise<void> {
  const engagementRows = await projection.topicEngagement.begin()
  await inTransaction(projection.pool, async db => {
    // Until the rows are committed the document cannot move: they would be sealed under a key that is destroyed.
    const row = await holdDocument(db, ref)
    if (row?.mode !== 'open') return
    await ensureCursor(db, ref, row.generation)
    const cursor = await lockCursor(db, ref)
    if (!cursor) return
    const news = await readNews(projection, db, ref, row, cursor)
    if (!news) return
    const scope = { ...ref, generation: news.generation }
    await projectRegisters({ ...projection, engagementRows }, db, scope, news.registers)
    await moveCursor(db, ref, news)
    projection.metrics.projected()
  })
}

interface News extends ProjectionCursor {
  readonly registers: readonly Register[]
}

/**
 * What the log holds after the cursor; the whole document when it may hold more than registers, or when the cursor is
 * older than its snapshot or generation.
 */
async function readNews(
  { reader, documents, plain }: Projection,
  db: Db,
  ref: OpenRef,
  row: DocumentRow,
  cursor: ProjectionCursor,
): Promise<News | undefined> {
  if (cursor.generation === row.generation && cursor.position >= row.head) return undefined
  const id = `${ref.personId}/${ref.document}`
  const tail =
    cursor.generation === row.generation && plain.has(id, cursor)
      ? await reader.readAfter(db, ref, row.generation, cursor.position)
      : undefined
  const news = tail && newsOf(tail, row.generation)
  if (news) {
    plain.add(id, news)
    return news
  }
  const loaded = await reader.read(db, ref)
  if (!loaded) return undefined
  const { registers, isPlain } = await documents.read(ref, updatesOf(loaded))
  const whole: News = { generation: loaded.generation, position: loaded.head, registers }
  if (isPlain) plain.add(id, whole)
  return whole
}

/** The registers of a tail that brings nothing else. */
function newsOf(tail: readonly LoggedUpdate[], generation: number): News | undefined {
  const last = tail.at(-1)
  const registers = tail.map(({ update }) => registersIn(update))
  if (!last || registers.includes(undefined)) return undefined
  return { generation, position: last.position, registers: registers.flatMap(each => each ?? []) }
}

async function projectRegisters(
  services: ProjectorServices & { readonly engagementRows: EngagementRows },
  db: Db,
  scope: OpenRef & { generation: number },
  registers: readonly Register[],
): Promise<void> {
  const listed = await listProjected(db, scope.personId, [scope.document])
  const states = await services.projected.open(scope.personId, listed)
  const state: State = new Map(states?.[scope.document])
  const greater = new Map(joinAll(state, registers).map(register => [register.key, register]))
  if (greater.size === 0) return
  const cipher = await services.dataKeys.cipherFor(scope)
  const sealing = { cipher, lookup: services.lookup }
  const rows = [...greater.keys()].flatMap(key => {
    const register = state.get(key)
    return register ? toRow(sealing, scope, register) : []
  })
  await upsertProjected(db, scope.personId, scope.document, rows)
  const engagement = services.engagementRows(scope, state, cipher)
  await replaceTopicEngagement(db, scope.personId, scope.document, engagement)
}
