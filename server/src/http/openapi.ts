// The document of the API (OpenAPI 3.1), made of what routes say of themselves and of the schemas that they check.
import { idempotencyKeySchema, problemSchema } from '@workforce-democracy/shared'
import type { Hono } from 'hono'
import { generateSpecs } from 'hono-openapi'
import * as z from 'zod/mini'
import {
  type ApiContent,
  type ApiResponse,
  type DocumentedOperation,
  documentedProblems,
  OPERATION,
} from './documented.ts'

/** A JSON Schema, as far as this project reads one. */
export type Schema = Readonly<Record<string, unknown>>

/** A parameter of a path or a query. */
export interface ApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly description?: string
  readonly required?: boolean
  readonly schema: Schema
  example?: unknown
}

/** One operation. */
export interface ApiOperation {
  readonly summary: string
  readonly description?: string
  readonly operationId: string
  tags?: readonly string[]
  readonly security: readonly object[]
  parameters?: readonly ApiParameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, ApiContent>> }
  responses: Readonly<Record<string, ApiResponse>>
  [OPERATION]?: DocumentedOperation
}

/** The document. */
export interface ApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

const DESCRIPTION = `JSON over HTTP. Lists answer \`{ items, nextCursor }\` and take \`limit\` and \`cursor\`. Errors are problem
details (RFC 9457) with a \`code\` that stays. Times are ISO 8601 in UTC. Access tokens are sent as bearer tokens and are
good for ten minutes.`

const IDEMPOTENCY_KEY: ApiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Names this write, such as by a UUID: sent again within a day under the same name it is not done again, and what there is is answered.',
  schema: plain(z.toJSONSchema(idempotencyKeySchema)) as Schema,
  example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
}

/** Describes every route of the app that says something of itself. */
export async function describeApi(app: Hono, publicUrl: string | undefined): Promise<ApiDocument> {
  const document = (await generateSpecs(app, {
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
    documentation: {
      info: { title: 'Workforce Democracy', version: '1', description: DESCRIPTION },
      ...(publicUrl && { servers: [{ url: publicUrl }] }),
      components: {
        securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
        schemas: { Problem: plain(z.toJSONSchema(problemSchema, { io: 'input' })) },
      },
    },
  })) as unknown as ApiDocument
  for (const [path, operations] of Object.entries(document.paths))
    for (const operation of Object.values(operations)) complete(path, operation)
  return document
}

/** Joins what a route says with what its validators have: examples, and how it fails. */
function complete(path: string, operation: ApiOperation): void {
  const said = operation[OPERATION]
  if (!said) return
  delete operation[OPERATION]
  operation.tags = [path.split('/')[2] ?? 'server']
  const { parameters = [], requestBody } = operation
  for (const parameter of parameters) {
    const example = said.example?.[parameter.in === 'path' ? 'params' : 'query']?.[parameter.name]
    if (example !== undefined) parameter.example = example
  }
  for (const content of Object.values(requestBody?.content ?? {}))
    if (said.example?.body !== undefined) content.example = said.example.body
  if (said.once) operation.parameters = [...parameters, IDEMPOTENCY_KEY]
  const kind = { hasBody: requestBody !== undefined, hasParameters: parameters.length > 0 }
  operation.responses = { ...operation.responses, ...documentedProblems(said, kind) }
}

/** Without the dialect, which a document says once. */
function plain({ $schema, ...schema }: Record<string, unknown>): object {
  return schema
}
