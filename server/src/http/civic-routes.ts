// Bills and representatives, for everybody; with a token, beside a person's own votes.
import {
  type Bill,
  type BillAnswer,
  type BillItem,
  billListQuerySchema,
  billParamSchema,
  type CivicCatalog,
  CodedError,
  districtsQuerySchema,
  keyOf,
  memberParamSchema,
  type Page,
  type ReadonlyState,
  type Representative,
  type RepresentativeAnswer,
  type RollCall,
  readValue,
  representativeListQuerySchema,
  voteSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import { catalogResponse } from '../catalog/catalog-response.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { keysetPage, type SortedList, type SortKey, sortedList } from '../catalog/keyset.ts'
import { memberPositions, positionsOf } from '../catalog/member-positions.ts'
import type { OpenState } from '../projection/open-state.ts'
import * as answers from './answer-schemas.ts'
import { type AuthenticatedEnv, authenticateIfTold, personIfTold } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_ALIGNMENT, EXAMPLE_BILL_ITEM, EXAMPLE_REPRESENTATIVE } from './examples.ts'
import { validated } from './validate.ts'

interface CivicServices {
  readonly accounts: Pick<Accounts, 'authenticate'>
  readonly catalogs: Catalogs
  readonly openState: OpenState
}

/** The latest deciding vote first, bills without one last. */
function latestVoteFirst({ lastVotedOn, id }: Bill): SortKey {
  return [lastVotedOn ? -Date.parse(lastVotedOn) : Number.MAX_SAFE_INTEGER, id]
}

const byPlace = ({ jurisdiction, state, chamber, district, name, id }: Representative): SortKey => [
  ...[jurisdiction, state, chamber, Number.parseInt(district ?? '', 10) || 0, name, id],
]

const ROLL_CALL = {
  id: 'h1-118.2023',
  chamber: 'house',
  votedAt: '2024-05-01T18:00:00.000Z',
  question: 'On Passage',
  result: 'Passed',
} as const
const { representative: MEMBER } = EXAMPLE_ALIGNMENT

const operations = {
  catalog: documented({
    summary: 'Get all bills, representatives and roll calls as one file',
    description: 'With an ETag that is the catalog version.',
    who: 'anyone',
    answer: { schema: answers.civicCatalogSchema },
  }),
  districts: documented({
    summary: 'Get the electoral districts of all postcodes of a country as one file',
    description:
      'With an ETag. To be looked up on the device: nobody is asked about one postcode. A postcode may lie in several districts.',
    who: 'anyone',
    answer: {
      schema: answers.districtTableSchema,
      example: {
        version: 'q8Zt0r1m3u5x7z9B1D3F5H7J9L1N3P5R7T9V1X3Z5b7',
        jurisdiction: 'us',
        districts: [{ state: 'VT', district: '0', postcodes: '05001 05009 05030' }],
      },
    },
    example: { query: { jurisdiction: 'us' } },
  }),
  bills: documented({
    summary: 'List bills, the latest deciding vote first',
    description: 'With a token also what its person voted, where votes are open to the server.',
    who: 'anyone',
    answer: {
      schema: answers.pageOf(answers.billItemSchema),
      example: { items: [EXAMPLE_BILL_ITEM], nextCursor: null },
    },
    codes: ['unauthorized', 'account-deleted', 'document-sealed'],
    example: { query: { q: 'act', level: 'federal', jurisdiction: 'us', status: 'decided', limit: 5 } },
  }),
  bill: documented({
    summary: 'Get a bill, and how each member voted on it',
    who: 'anyone',
    answer: {
      schema: answers.billAnswerSchema,
      example: {
        bill: EXAMPLE_BILL_ITEM,
        rollCalls: [{ ...ROLL_CALL, positions: [{ representative: MEMBER, position: 'yes' }] }],
      } satisfies BillAnswer,
    },
    codes: ['unauthorized', 'account-deleted', 'not-found'],
    example: { params: { id: 'hr82-118' } },
  }),
  representatives: documented({
    summary: 'List representatives by state, chamber and district',
    who: 'anyone',
    answer: {
      schema: answers.pageOf(answers.representativeSchema),
      example: { items: [EXAMPLE_REPRESENTATIVE], nextCursor: null },
    },
    example: { query: { state: 'VT', chamber: 'senate', limit: 5 } },
  }),
  representative: documented({
    summary: 'Get a representative, and how they voted last',
    who: 'anyone',
    answer: {
      schema: answers.representativeAnswerSchema,
      example: {
        representative: EXAMPLE_REPRESENTATIVE,
        votes: [
          {
            bill: { id: EXAMPLE_BILL_ITEM.id, name: EXAMPLE_BILL_ITEM.name },
            ...{ rollCallId: ROLL_CALL.id, votedAt: ROLL_CALL.votedAt, position: 'yes' },
          },
        ],
      } satisfies RepresentativeAnswer,
    },
    codes: ['not-found'],
    example: { params: { id: 'S000033' } },
  }),
}

/** `GET /catalog`, `/districts`, `/bills`, `/bills/:id`, `/representatives` and `/representatives/:id`. */
export function createCivicRoutes({ accounts, catalogs, openState }: CivicServices): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const lists = listsByCatalog()

  routes.get('/catalog', operations.catalog, async c => catalogResponse(c, await catalogs.publishedCivic()))

  routes.get('/districts', operations.districts, validated('query', districtsQuerySchema), async c =>
    catalogResponse(c, await catalogs.publishedDistricts(c.req.valid('query').jurisdiction)),
  )

  routes.get(
    '/bills',
    operations.bills,
    authenticateIfTold(accounts),
    validated('query', billListQuerySchema),
    async c => {
      const { voted, ...query } = c.req.valid('query')
      const person = personIfTold(c)
      if (voted && !person) throw new CodedError('unauthorized')
      const votes = person && (await votesOf(openState, person.id, voted !== undefined))
      const { bills } = lists(await catalogs.civic())
      const words = wordsOf(query.q)
      const found = keysetPage(
        bills,
        query,
        bill =>
          isAsked(bill, query, words) && (!voted || (myVote(bill, votes) !== null) === (voted === 'true')),
      )
      const page: Page<BillItem> = {
        ...found,
        items: found.items.map(bill => ({ ...bill, myVote: myVote(bill, votes) })),
      }
      return c.json(page)
    },
  )

  routes.get(
    '/bills/:id',
    operations.bill,
    authenticateIfTold(accounts),
    validated('param', billParamSchema),
    async c => {
      const { id } = c.req.valid('param')
      const catalog = await catalogs.civic()
      const bill = catalog.bills.find(each => each.id === id)
      if (!bill) throw new CodedError('not-found')
      const person = personIfTold(c)
      const votes = person && (await votesOf(openState, person.id, false))
      const body: BillAnswer = {
        bill: { ...bill, myVote: myVote(bill, votes) },
        rollCalls: catalog.rollCalls
          .filter(({ billId }) => billId === id)
          .sort(latestFirst)
          .map(({ billId: _, positions, ...rollCall }) => ({
            ...rollCall,
            positions: memberPositions(catalog, positions),
          })),
      }
      return c.json(body)
    },
  )

  routes.get(
    '/representatives',
    operations.representatives,
    validated('query', representativeListQuerySchema),
    async c => {
      const { jurisdiction, state, district, chamber, name, ...range } = c.req.valid('query')
      const part = name?.toLowerCase()
      const page: Page<Representative> = keysetPage(
        lists(await catalogs.civic()).representatives,
        range,
        each =>
          (!jurisdiction || each.jurisdiction === jurisdiction) &&
          (!state || each.state === state) &&
          (!district || each.district === district) &&
          (!chamber || each.chamber === chamber) &&
          (!part || each.name.toLowerCase().includes(part)),
      )
      return c.json(page)
    },
  )

  routes.get(
    '/representatives/:id',
    operations.representative,
    validated('param', memberParamSchema),
    async c => {
      const catalog = await catalogs.civic()
      const index = catalog.representatives.findIndex(({ id }) => id === c.req.valid('param').id)
      const representative = catalog.representatives[index]
      if (!representative) throw new CodedError('not-found')
      const body: RepresentativeAnswer = { representative, votes: positionsOf(catalog, index) }
      return c.json(body)
    },
  )
  return routes
}

const latestFirst = (a: RollCall, b: RollCall): number =>
  Date.parse(b.votedAt) - Date.parse(a.votedAt) || (a.id < b.id ? -1 : 1)

function listsByCatalog() {
  interface Lists {
    readonly bills: SortedList<Bill>
    readonly representatives: SortedList<Representative>
  }
  const kept = new WeakMap<CivicCatalog, Lists>()
  return (catalog: CivicCatalog): Lists => {
    const lists = kept.get(catalog) ?? {
      bills: sortedList('bills', catalog.bills, latestVoteFirst),
      representatives: sortedList('representatives', catalog.representatives, byPlace),
    }
    kept.set(catalog, lists)
    return lists
  }
}

/** A person's votes; nothing where they are sealed and nobody needs them. */
async function votesOf(
  openState: OpenState,
  personId: string,
  areNeeded: boolean,
): Promise<ReadonlyState | undefined> {
  return areNeeded ? openState.read(personId, 'votes') : (await openState.readAll(personId, ['votes'])).votes
}

const myVote = ({ id }: Bill, votes: ReadonlyState | undefined): BillItem['myVote'] =>
  readValue(voteSchema, votes?.get(keyOf(id))?.value)?.choice ?? null

const wordsOf = (q = ''): readonly string[] => q.toLowerCase().split(/\s+/).filter(Boolean)

interface BillFilter {
  readonly level?: string | undefined
  readonly type?: string | undefined
  readonly jurisdiction?: string | undefined
  readonly congress?: number | undefined
  readonly status?: 'decided' | 'undecided' | undefined
}

function isAsked(
  bill: Bill,
  { level, type, jurisdiction, congress, status }: BillFilter,
  words: readonly string[],
): boolean {
  return (
    (!level || bill.governmentLevel === level) &&
    (!type || bill.billForm === type) &&
    (!jurisdiction || bill.jurisdiction === jurisdiction) &&
    (!congress || bill.congress === congress) &&
    (!status || (bill.lastVotedOn !== null) === (status === 'decided')) &&
    words.every(word => `${bill.name} ${bill.number} ${bill.id}`.toLowerCase().includes(word))
  )
}
