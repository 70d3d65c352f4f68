// Shapes of /api/sync/<document>/generation.
import * as z from 'zod/mini'

const placeSchema = z.object({
  generation: z.int().check(z.minimum(0)),
  position: z.int().check(z.minimum(0)),
})

/**
 * `POST /api/sync/<document>/generation` → 200 {@link generationResponseSchema}, or 409 `moved` with the present generation
 * and position in the problem (SPEC G1–G4).
 */
export const generationRequestSchema = z.object({
  /** Everything that the device has seen; generation 0, position 0 for a local document. */
  from: placeSchema,
  mode: z.enum(['open', 'sealed']),
  /** The whole content: one update of a fresh Yjs document, in base64 (RFC 4648, 4, with padding). */
  content: z.string(),
})
export type GenerationRequest = z.infer<typeof generationRequestSchema>

/** Where the document stands now. */
export const generationResponseSchema = placeSchema
export type GenerationResponse = z.infer<typeof generationResponseSchema>
