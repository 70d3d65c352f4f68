// A person's own civic record: votes and how representatives vote beside them.
import {
  type AlignmentAnswer,
  agreementByTopic,
  agreementOn,
  alignment,
  alignmentQuerySchema,
  CodedError,
  checkBillId,
  keyOf,
  listQuerySchema,
  memberParamSchema,
  type Page,
  partsOf,
  type ReadonlyState,
  readValue,
  type VoteItem,
  type VoteValue,
  voteRequestSchema,
  voteSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { DocumentWriter } from '../documents/document-writer.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { OpenState } from '../projection/open-state.ts'
import * as answers from './answer-schemas.ts'
import { documented } from './documented.ts'
import { EXAMPLE_ALIGNMENT, EXAMPLE_VOTE } from './examples.ts'
import { pageOf } from './page.ts'
import { validated } from './validate.ts'
import { WRITE_CODES } from './write-codes.ts'
import { type WriteOnceEnv, writeOnce } from './write-once.ts'

interface CivicPersonServices {
  readonly lookup: Lookup
  readonly writer: DocumentWriter
  readonly openState: OpenState
  readonly catalogs: Catalogs
  readonly nowMs: () => number
}

const { representative: _, ...EXAMPLE_SHARE } = EXAMPLE_ALIGNMENT

const operations = {
  vote: documented({
    summary: 'Record my vote on a bill',
    description:
      'Also on a bill that no catalog lists, then best with its name. Another vote takes its place.',
    who: 'person',
    once: true,
    answer: { schema: answers.voteItemSchema, example: EXAMPLE_VOTE },
    codes: ['invalid-bill-id', ...WRITE_CODES],
    example: {
      body: { billId: 'hr8-118', choice: 'yes', billType: 'labor', governmentLevel: 'federal' },
    },
  }),
  votes: documented({
    summary: 'List my votes, the latest first',
    who: 'person',
    answer: {
      schema: answers.pageOf(answers.voteItemSchema),
      example: { items: [EXAMPLE_VOTE], nextCursor: null },
    },
    codes: ['document-sealed'],
    example: { query: { limit: 20 } },
  }),
  alignment: documented({
    summary: 'Compare my votes with how representatives voted',
    description: 'Who agrees most comes first, by the lower end of the interval.',
    who: 'person',
    answer: {
      schema: answers.pageOf(answers.alignmentSchema),
      example: { items: [EXAMPLE_ALIGNMENT], nextCursor: null },
    },
    codes: ['consent-required', 'document-sealed'],
    example: { query: { limit: 10, topic: 'labor' } },
  }),
  alignmentWith: documented({
    summary: 'Compare my votes with how one representative voted, bill by bill',
    who: 'person',
    answer: {
      schema: answers.alignmentAnswerSchema,
      example: {
        alignment: EXAMPLE_ALIGNMENT,
        byTopic: [{ topic: 'labor', ...EXAMPLE_SHARE }],
        votes: [
          { billId: 'hr8-118', rollCallId: 'h1-118.2023', mine: 'yes', theirs: 'no', verdict: 'disagreed' },
        ],
      } satisfies AlignmentAnswer,
    },
    codes: ['consent-required', 'document-sealed', 'not-found'],
    example: { params: { id: 'S000033' } },
  }),
}

/** `POST /vote`, `GET /votes`, `GET /alignment`, `GET /alignment/:id`. */
export function createCivicPersonRoutes({
  lookup,
  writer,
  openState,
  catalogs,
  nowMs,
}: CivicPersonServices): Hono<WriteOnceEnv> {
  const routes = new Hono<WriteOnceEnv>()

  routes.post(
    '/vote',
    operations.vote,
    writeOnce({ lookup }),
    validated('json', voteRequestSchema),
    async c => {
      const { billId, choice, billName, billType, governmentLevel } = c.req.valid('json')
      const value: VoteValue = {
        choice,
        ...(billName && { billName }),
        ...(billType && { billType }),
        ...(governmentLevel && { governmentLevel }),
        votedAt: new Date(nowMs()).toISOString(),
      }
      const key = keyOf(checkBillId(billId))
      const personId = c.var.person.id
      const written = await writer.write({ personId, document: 'votes' }, () => [{ key, value }], c.var.once)
      const standing = async () =>
        readValue(voteSchema, (await openState.read(personId, 'votes')).get(key)?.value)
      return c.json(toVoteItem(billId, written.length > 0 ? value : ((await standing()) ?? value)))
    },
  )

  routes.get('/votes', operations.votes, validated('query', listQuerySchema), async c => {
    const votes = await openState.read(c.var.person.id, 'votes')
    const page: Page<VoteItem> = pageOf(voteItems(votes), c.req.valid('query'), item => item.billId)
    return c.json(page)
  })

  /** To list someone's votes is to give them back; to compare them is a use of them. */
  const comparable = (personId: string): Promise<ReadonlyState> =>
    openState.read(personId, 'votes', ({ civicEngagementTracking }) => {
      if (!civicEngagementTracking) throw new CodedError('consent-required')
    })

  routes.get('/alignment', operations.alignment, validated('query', alignmentQuerySchema), async c => {
    const { topic, ...range } = c.req.valid('query')
    const votes = await comparable(c.var.person.id)
    const items = alignment(await catalogs.civic(), votes, topic)
    return c.json(pageOf(items, range, item => item.representative.id))
  })

  routes.get('/alignment/:id', operations.alignmentWith, validated('param', memberParamSchema), async c => {
    const { id } = c.req.valid('param')
    const state = await comparable(c.var.person.id)
    const catalog = await catalogs.civic()
    const found = alignment(catalog, state).find(({ representative }) => representative.id === id)
    if (!found) throw new CodedError('not-found')
    const votes = agreementOn(catalog, state, id)
    const body: AlignmentAnswer = { alignment: found, byTopic: agreementByTopic(catalog, votes), votes }
    return c.json(body)
  })
  return routes
}

/** Votes that stand, the latest first. */
export function voteItems(votes: ReadonlyState): VoteItem[] {
  return [...votes.values()]
    .flatMap(({ key, value }) => {
      const [billId] = partsOf(key) ?? []
      const vote = readValue(voteSchema, value)
      return billId && vote ? [toVoteItem(billId, vote)] : []
    })
    .sort((a, b) =>
      a.votedAt === b.votedAt ? (a.billId < b.billId ? -1 : 1) : a.votedAt < b.votedAt ? 1 : -1,
    )
}

function toVoteItem(billId: string, vote: VoteValue): VoteItem {
  return {
    billId,
    choice: vote.choice,
    billName: vote.billName ?? null,
    billType: vote.billType ?? null,
    governmentLevel: vote.governmentLevel ?? null,
    votedAt: vote.votedAt,
  }
}
