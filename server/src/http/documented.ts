// What each route says of itself in the document of the API: beside the route, so that both change together.
import {
  CodedError,
  ERROR_KINDS,
  type ErrorCode,
  PROBLEM_MEDIA_TYPE,
  toProblem,
} from '@workforce-democracy/shared'
import type { MiddlewareHandler } from 'hono'
import { type DescribeRouteOptions, describeRoute, resolver } from 'hono-openapi'
import type * as z from 'zod/mini'

/** The answer of success. */
export interface DocumentedAnswer {
  /** 200 unless given. */
  readonly status?: 200 | 201 | 202 | 204
  /** None: no body. */
  readonly schema?: z.core.$ZodType
  readonly example?: unknown
  /** `application/json` unless given. */
  readonly mediaType?: string
}

/** One operation. Its parameters and its body are those that `validated` checks. */
export interface DocumentedOperation {
  /** In a few words, an imperative. */
  readonly summary: string
  readonly description?: string
  /** Whose token it takes: none, a person's, or an admin's. */
  readonly who: 'anyone' | 'person' | 'admin'
  readonly answer: DocumentedAnswer
  /** Whether it takes an `Idempotency-Key` (`write-once.ts`). */
  readonly once?: boolean
  /** Codes that it may answer, beside those that every route of its kind may. */
  readonly codes?: readonly ErrorCode[]
  /** A request that succeeds. */
  readonly example?: DocumentedExample
}

/** Of a request. */
export interface DocumentedExample {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: unknown
}

/** What goes over the wire in one media type. */
export interface ApiContent {
  /** A JSON Schema. */
  readonly schema?: Readonly<Record<string, unknown>>
  example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

/** An answer, in the document. */
export interface ApiResponse {
  readonly description: string
  readonly content?: Readonly<Record<string, ApiContent>>
}

/** Where {@link documented} leaves what the validators of the route have to be joined with; see `openapi.ts`. */
export const OPERATION = 'x-operation'

/** Of every route. */
const COMMON: readonly ErrorCode[] = ['too-many', 'internal', 'overloaded']
const OF_PERSONS: readonly ErrorCode[] = ['unauthorized', 'account-deleted']
const OF_NAMED_WRITES: readonly ErrorCode[] = ['invalid-input', 'idempotency-key-reused']
const OF_BODIES: readonly ErrorCode[] = ['invalid-input', 'too-large']

/**
 * Documents a route. Stands first, before its validators.
 *
 * @example
 * routes.get(
 *   '/votes',
 *   documented({
 *     summary: 'List my votes',
 *     who: 'person',
 *     answer: { schema: pageOf(voteItemSchema), example: { items: [VOTE], nextCursor: null } },
 *     codes: ['document-sealed'],
 *   }),
 *   validated('query', listQuerySchema),
 *   handler,
 * )
 */
export function documented(operation: DocumentedOperation): MiddlewareHandler {
  const { summary, description, who, answer } = operation
  const { status = 200, schema, example, mediaType = 'application/json' } = answer
  return describeRoute({
    summary,
    ...(description && { description }),
    security: who === 'anyone' ? [] : [{ accessToken: [] }],
    responses: {
      [status]: {
        description: 'Done',
        ...(schema && {
          content: { [mediaType]: { schema: resolver(schema), ...(example !== undefined && { example }) } },
        }),
      },
    },
    [OPERATION]: operation,
  } as DescribeRouteOptions)
}

/** The answers of failure of an operation, by status. */
export function documentedProblems(
  { who, once, codes = [] }: DocumentedOperation,
  { hasBody, hasParameters }: { readonly hasBody: boolean; readonly hasParameters: boolean },
): Record<string, ApiResponse> {
  const all = new Set<ErrorCode>([
    ...COMMON,
    ...(who === 'anyone' ? [] : OF_PERSONS),
    ...(who === 'admin' ? (['forbidden'] as const) : []),
    ...(hasBody ? OF_BODIES : []),
    ...(hasParameters ? (['invalid-input'] as const) : []),
    ...(once ? OF_NAMED_WRITES : []),
    ...codes,
  ])
  const codesByStatus = new Map<number, ErrorCode[]>()
  for (const code of all) {
    const { status } = ERROR_KINDS[code]
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code])
  }
  return Object.fromEntries([...codesByStatus].map(([status, of]) => [String(status), toResponse(of)]))
}

function toResponse(codes: readonly ErrorCode[]): ApiResponse {
  const examples = codes.map(code => [code, { value: toProblem(new CodedError(code)) }])
  return {
    description: codes.map(code => `\`${code}\`: ${ERROR_KINDS[code].title}.`).join(' '),
    content: {
      [PROBLEM_MEDIA_TYPE]: {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { type: 'object', properties: { code: { type: 'string', enum: codes } } },
          ],
        },
        examples: Object.fromEntries(examples),
      },
    },
  }
}
