// The compare-and-swap by which a device moves a document: to another mode, another key epoch, or away from its history.
import {
  CodedError,
  type GenerationResponse,
  generationRequestSchema,
  generationResponseSchema,
  isDocumentName,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { DeviceMoves } from '../sync/device-moves.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { documented } from './documented.ts'
import { answerProblem } from './problem-handler.ts'
import { validated } from './validate.ts'

const operation = documented({
  summary: 'Move a document of mine to a new generation',
  description: 'For devices: changes its mode or its key epoch, if nobody has written to it since `from`.',
  who: 'person',
  answer: { schema: generationResponseSchema, example: { generation: 2, position: 8 } },
  codes: [
    'unknown-document',
    'moved',
    'malformed-message',
    'malformed-register',
    'too-costly',
    'forbidden',
    'device-required',
  ],
  example: {
    params: { document: 'bookmarks' },
    // An empty Yjs document.
    body: { from: { generation: 0, position: 0 }, mode: 'open', content: 'AAA=' },
  },
})

/** `POST /:document/generation` */
export function createGenerationRoutes({
  deviceMoves,
}: {
  readonly deviceMoves: DeviceMoves
}): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  routes.post('/:document/generation', operation, validated('json', generationRequestSchema), async c => {
    const document = c.req.param('document')
    if (!isDocumentName(document)) throw new CodedError('unknown-document')
    const { from, mode, content } = c.req.valid('json')
    const bytes = decodeBase64(content)
    if (!bytes)
      return answerProblem(c, new CodedError('invalid-input'), {
        errors: [{ path: 'content', message: 'This is not base64.' }],
      })
    const ref = { personId: c.var.person.id, document }
    const { moved, ...place } = await deviceMoves.move(ref, { from, mode, content: bytes })
    c.header('Cache-Control', 'no-store')
    if (!moved) return answerProblem(c, new CodedError('moved'), place)
    return c.json(place satisfies GenerationResponse)
  })
  return routes
}

/** `undefined` for what is not the one way to write these bytes; Node passes over what it does not know. */
function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** Bytes of the longest body: the content of a document in base64, and what is around it. */
export const generationBodyBytes = (documentBytes: number): number =>
  Math.ceil(documentBytes / 3) * 4 + 4 * 1024
