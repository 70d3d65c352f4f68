// The document of a server's API, read by what calls its operations.

import * as z from 'zod'
import type { ApiDocument, ApiOperation, ApiParameter, Schema } from '../../server/src/http/openapi.ts'

/** An operation of the document. */
export interface DescribedOperation extends ApiOperation {
  /** Such as `GET /api/user/devices/{id}`. */
  readonly name: string
  readonly method: string
  readonly path: string
}

/** A request to an operation. */
export interface DescribedRequest {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly text?: string
}

/** An answer as it came. */
export interface DescribedAnswer {
  readonly status: number
  readonly mediaType: string
  readonly text: string
}

export const operationsOf = (document: ApiDocument): DescribedOperation[] =>
  Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({
      ...operation,
      ...{ path, method: method.toUpperCase(), name: `${method.toUpperCase()} ${path}` },
    })),
  )

/** The request of the examples. */
export function exampleRequest({ parameters = [], requestBody }: DescribedOperation): DescribedRequest {
  const valuesIn = (place: ApiParameter['in']) =>
    Object.fromEntries(
      parameters
        .filter(({ in: at, example }) => at === place && example !== undefined)
        .map(({ name, example }) => [name, String(example)]),
    )
  const body = requestBody?.content['application/json']?.example
  return {
    params: valuesIn('path'),
    query: valuesIn('query'),
    headers: valuesIn('header'),
    ...(requestBody && { text: JSON.stringify(body) }),
  }
}

export async function send(
  url: string,
  { method, path }: DescribedOperation,
  { params = {}, query = {}, headers = {}, text }: DescribedRequest,
  token?: string,
): Promise<DescribedAnswer> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? 'missing'))
  const search = new URLSearchParams(query).toString()
  const response = await fetch(`${url}${filled}${search && `?${search}`}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text !== undefined && { body: text }),
  })
  return {
    status: response.status,
    mediaType: response.headers.get('content-type')?.split(';')[0] ?? '',
    text: await response.text(),
  }
}

/** What is wrong with an answer by the document; nothing where it is as described. */
export function faultsOf(
  document: ApiDocument,
  { name, responses }: DescribedOperation,
  { status, mediaType, text }: DescribedAnswer,
): string[] {
  const described = responses[String(status)]
  if (!described) return [`${name} answered ${status}, which is not documented: ${text.slice(0, 200)}`]
  const content = Object.entries(described.content ?? {})
  if (content.length === 0) return text === '' ? [] : [`${name} has a body with ${status}`]
  const [, { schema = {} } = {}] = content.find(([type]) => type.split(';')[0] === mediaType) ?? []
  if (!content.some(([type]) => type.split(';')[0] === mediaType))
    return [`${name} answered ${mediaType} with ${status}`]
  const value = mediaType.endsWith('json') ? JSON.parse(text) : text
  return schemaFaults(document, schema, value).map(fault => `${name} ${status}: ${fault}`)
}

/** What is wrong with a value: not of the schema, or with properties that it does not name. */
export function schemaFaults(document: ApiDocument, schema: Schema, value: unknown): readonly string[] {
  const { schemas } = document.components
  const self = { ...local(schema), $defs: local(schemas) }
  const parsed = z.fromJSONSchema(self as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value)
  const wrong = parsed.error?.issues.map(issue => `${issue.path.join('.')} ${issue.message}`) ?? []
  return [...wrong, ...unnamed(document, schema, value, '')]
}

/** References as they are inside of one schema. */
const local = <T>(schema: T): T =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/'))

/** Properties of a value that no schema names. */
function unnamed(document: ApiDocument, schema: Schema, value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    const items = partsOf(document, schema).flatMap(part => (part.items ? [part.items as Schema] : []))
    return items.length === 0
      ? []
      : value.flatMap((item, n) => leastUnnamed(document, items, item, `${path}/${n}`))
  }
  if (typeof value !== 'object' || value === null) return []
  const parts = partsOf(document, schema)
  // Any property is fine: nobody says which there are.
  if (parts.some(part => part.additionalProperties || (!part.properties && !part.anyOf))) return []
  return Object.entries(value).flatMap(([name, of]) => {
    const named = parts.flatMap(part => {
      const property = (part.properties as Record<string, Schema> | undefined)?.[name]
      return property ? [property] : []
    })
    return named.length === 0
      ? [`${path}/${name} is not documented`]
      : leastUnnamed(document, named, of, `${path}/${name}`)
  })
}

function leastUnnamed(
  document: ApiDocument,
  schemas: readonly Schema[],
  value: unknown,
  path: string,
): string[] {
  const faults = schemas.map(schema => unnamed(document, schema, value, path))
  return faults.reduce((least, each) => (each.length < least.length ? each : least))
}

/** A schema, and those that it is put together from. */
export function partsOf(document: ApiDocument, schema: Schema): readonly Schema[] {
  const name = String(schema.$ref ?? '')
    .split('/')
    .at(-1)
  const referred = name ? document.components.schemas[name] : undefined
  const composed = [schema.allOf, schema.anyOf, schema.oneOf].flatMap(of => (of ?? []) as Schema[])
  return [
    ...(schema.$ref || composed.length > 0 ? [] : [schema]),
    ...(referred ? [referred] : []),
    ...composed,
  ].flatMap(part => (part === schema ? [part] : partsOf(document, part)))
}
