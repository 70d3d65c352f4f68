// Requests that nobody in their right mind sends, made of the schemas of an operation.
import type { ApiDocument, Schema } from '../../server/src/http/openapi.ts'
import { type DescribedOperation, type DescribedRequest, exampleRequest, partsOf } from './api-document.ts'

/** A request, and whether it must be refused: what is only strange may be let through. */
export interface HostileRequest extends DescribedRequest {
  readonly what: string
  readonly mustFail: boolean
}

const STRANGE_TEXTS: Readonly<Record<string, string>> = {
  'a null byte': 'a\u0000b',
  'half a character': 'a\ud800b',
  'unicode of all kinds': 'Ω≈ç√ 🏳️‍🌈 \u202egnal\u202c \ufeff\u200b ﷽ Z̸̘͝a',
  'SQL, HTML, a path and a template': `'; drop table users; -- " or 1=1 /* <script>alert('x')</script> ../../etc/passwd%00 {{7*7}}`,
  'a number out of range': '99999999999999999999999999',
  nothing: '',
}
const LONG = 'x'.repeat(60_000)

/** Every hostile request to an operation, each with one thing wrong. */
export function hostileRequests(document: ApiDocument, operation: DescribedOperation): HostileRequest[] {
  const example = exampleRequest(operation)
  const schema = operation.requestBody?.content['application/json']?.schema
  return [
    ...(operation.parameters ?? []).flatMap(({ name, in: place, schema }) => {
      // Names of headers and what is in them the client itself checks.
      if (place === 'header') return []
      const at = place === 'path' ? 'params' : 'query'
      const withValue = (value: string) => ({ ...example, [at]: { ...example[at], [name]: value } })
      const isText = partsOf(document, schema).some(({ type, enum: one }) => type === 'string' && !one)
      return [
        ...Object.entries(STRANGE_TEXTS)
          // A path with a part left out is another path, and half a character has no place in one.
          .filter(([, text]) => place === 'query' || (text !== '' && !text.includes('\ud800')))
          .map(([what, text]) => ({
            ...withValue(text),
            what: `${name} with ${what}`,
            mustFail: !isText && text !== '',
          })),
        { ...withValue(LONG.slice(0, 8_000)), what: `${name} too long`, mustFail: place === 'query' },
      ]
    }),
    ...(schema === undefined ? [] : hostileBodies(document, schema, example)),
  ]
}

function hostileBodies(document: ApiDocument, schema: Schema, example: DescribedRequest): HostileRequest[] {
  const body: unknown = JSON.parse(example.text ?? '{}')
  const whole = [[], 'text', 7, null, true].map(value => ({
    ...example,
    text: JSON.stringify(value),
    what: `a body that is ${JSON.stringify(value)}`,
    mustFail: true,
  }))
  const noJson = { ...example, text: '{"a":', what: 'a body that is no JSON', mustFail: true }
  const deep = {
    ...example,
    text: `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
    what: 'a deep body',
    mustFail: true,
  }
  const form = {
    ...example,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    what: 'a body of another type',
    mustFail: true,
  }
  const fields = hostileValues(document, schema, body).map(({ value, ...of }) => ({
    ...example,
    ...of,
    text: JSON.stringify(value),
  }))
  return [...whole, noJson, deep, form, ...fields]
}

interface HostileValue {
  readonly value: unknown
  readonly what: string
  readonly mustFail: boolean
}

/** The example with one thing wrong in it, at each place of the schema. */
function hostileValues(
  document: ApiDocument,
  schema: Schema,
  example: unknown,
  path = 'body',
): HostileValue[] {
  const parts = partsOf(document, schema)
  const types = new Set(parts.flatMap(({ type }) => type ?? []))
  // Anything goes where nothing is said.
  const isFree = parts.some(part => part.type === undefined && !part.enum && part.const === undefined)
  const wrongTypes = Object.entries({
    object: { a: 1 },
    array: [1],
    number: 1.5,
    boolean: true,
    string: 'x',
    null: null,
  })
    .filter(
      ([type]) => !isFree && !types.has(type) && !(type === 'string' && parts.some(({ enum: one }) => one)),
    )
    .map(([type, value]) => ({ value, what: `${path} with ${type}`, mustFail: true }))
  if (types.has('object')) {
    const properties = Object.assign({}, ...parts.map(part => part.properties ?? {})) as Record<
      string,
      Schema
    >
    const object = (typeof example === 'object' && example !== null ? example : {}) as Record<string, unknown>
    const inside = Object.entries(properties).flatMap(([name, property]) => [
      ...hostileValues(document, property, object[name], `${path}.${name}`).map(({ value, ...of }) => ({
        ...of,
        value: { ...object, [name]: value },
      })),
      ...(parts.every(({ required }) => (required as string[] | undefined)?.includes(name))
        ? [{ value: { ...object, [name]: undefined }, what: `${path}.${name} missing`, mustFail: true }]
        : []),
    ])
    const polluted = {
      ...object,
      ['__proto__']: { admin: true },
      constructor: { prototype: { admin: true } },
    }
    return [...wrongTypes, ...inside, { value: polluted, what: `${path} with prototypes`, mustFail: false }]
  }
  if (types.has('string')) {
    const limits = parts.flatMap(({ maxLength }) => (typeof maxLength === 'number' ? [maxLength] : []))
    const tooLong =
      limits.length === parts.length
        ? [{ value: 'x'.repeat(Math.max(...limits) + 1), what: `${path} too long`, mustFail: true }]
        : []
    const mustFail = parts.every(({ enum: one }) => one)
    const strange = Object.entries(STRANGE_TEXTS).map(([what, value]) => ({
      value,
      what: `${path} with ${what}`,
      mustFail,
    }))
    return [...wrongTypes, ...tooLong, ...strange]
  }
  if (types.has('integer') || types.has('number')) {
    const outside = [-1e308, 1e308, 2 ** 53].map(value => ({
      value,
      what: `${path} with ${value}`,
      mustFail: false,
    }))
    return [...wrongTypes, ...outside]
  }
  return wrongTypes
}
