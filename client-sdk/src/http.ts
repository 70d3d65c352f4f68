// Requests to the server, with errors as codes and the server's clock as a by-product.
import { CodedError, ERROR_KINDS, type ErrorCode, problemSchema } from '@workforce-democracy/shared'
import * as z from 'zod/mini'

/** What {@link createHttp} takes. */
export interface HttpOptions {
  readonly serverUrl: string | undefined
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds since 1970 by this device, not corrected. */
  readonly now: () => number
  /** Told how far the server's clock is ahead. */
  readonly onServerOffset: (offsetMs: number) => void
}

/** A request under `/api`. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly accessToken?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Requests to one server. */
export interface Http {
  /**
   * The answer, successful or 304.
   *
   * @throws CodedError `offline` without network or server, and whatever code the server gives
   */
  send(request: HttpRequest): Promise<Response>
}

/** Nobody waits longer for an answer. */
const TIMEOUT_MS = 30_000
/** HTTP dates are whole seconds: a clock as close as this is left alone. */
const CLOCK_TOLERANCE_MS = 2000

/** Makes requests to one server. */
export function createHttp({ serverUrl, fetch, now, onServerOffset }: HttpOptions): Http {
  return {
    async send(request) {
      if (!serverUrl) throw new CodedError('offline', 'This client has no server.')
      const sentMs = now()
      const response = await fetch(
        `${serverUrl.replace(/\/+$/, '')}${request.path}`,
        requestInit(request),
      ).catch(cause => {
        throw new CodedError('offline', undefined, { cause })
      })
      const offsetMs = serverOffset(response.headers.get('date'), sentMs, now())
      if (offsetMs !== undefined) onServerOffset(offsetMs)
      if (response.ok || response.status === 304) return response
      throw await errorOf(response)
    },
  }
}

/**
 * The body of an answer.
 *
 * @throws CodedError `offline` when it breaks off, `internal` when it does not have the documented form
 */
export async function readBody<T>(response: Response, schema: z.ZodMiniType<T>): Promise<T> {
  const text = await response.text().catch(cause => {
    throw new CodedError('offline', undefined, { cause })
  })
  const parsed = z.safeParse(schema, parseJson(text))
  if (!parsed.success)
    throw new CodedError('internal', 'The server’s answer does not have the documented form.')
  return parsed.data
}

function requestInit({ method, body, accessToken, headers }: HttpRequest): RequestInit {
  return {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(accessToken && { authorization: `Bearer ${accessToken}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }
}

/** How far the server is ahead by the `Date` of its answer, `undefined` when it does not say. */
function serverOffset(date: string | null, sentMs: number, receivedMs: number): number | undefined {
  const serverMs = date ? Date.parse(date) : Number.NaN
  // No request takes longer: then this device's clock was set meanwhile, and half of that would count as the server's.
  const tookMs = receivedMs - sentMs
  if (Number.isNaN(serverMs) || tookMs < 0 || tookMs > TIMEOUT_MS) return undefined
  const offsetMs = serverMs + 500 - (sentMs + receivedMs) / 2
  return Math.abs(offsetMs) < CLOCK_TOLERANCE_MS ? 0 : Math.round(offsetMs)
}

async function errorOf(response: Response): Promise<CodedError> {
  const problem = z.safeParse(problemSchema, parseJson(await response.text().catch(() => '')))
  if (problem.success && isErrorCode(problem.data.code))
    return new CodedError(problem.data.code, problem.data.detail)
  // Not this project's server, but something before it.
  return new CodedError(
    response.status >= 500 ? 'offline' : 'internal',
    `The server answered ${response.status}.`,
  )
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_KINDS, code)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
