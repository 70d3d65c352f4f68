// What a person's data may be used for, once it can be read: the `use/<purpose>` registers of `settings`.
import * as z from 'zod/mini'
import type { ReadonlyState } from '../registers/state.ts'
import { keyOf } from './keys.ts'
import { readValue } from './values.ts'

/** Uses of what the server or the device can read. None opens a document. */
export const usesSchema = z.object({
  /** Who ranks: nobody, the device, or the server where it can. */
  recommendations: z.enum(['off', 'device', 'server']),
  civicEngagementTracking: z.boolean(),
  learningAnalytics: z.boolean(),
  communitySharing: z.boolean(),
})
/** A person's uses. */
export type Uses = z.infer<typeof usesSchema>

/** Of who has said nothing: what somebody opens is opened to be recommended from and aligned by, and for nothing else. */
export const DEFAULT_USES: Uses = {
  recommendations: 'server',
  civicEngagementTracking: true,
  learningAnalytics: false,
  communitySharing: false,
}

/** What a use can be about. */
export const PURPOSES = Object.keys(DEFAULT_USES) as (keyof Uses)[]

/** The key of a use in `settings`. */
export const useKey = (purpose: keyof Uses): string => keyOf('use', purpose)

/** What the person has said about uses, in `settings`. */
export function usesIn(settings: ReadonlyState): Partial<Uses> {
  const said = PURPOSES.flatMap(purpose => {
    const schema: z.ZodMiniType<unknown> = usesSchema.shape[purpose]
    const value = readValue(schema, settings.get(useKey(purpose))?.value)
    return value === undefined ? [] : [[purpose, value]]
  })
  return Object.fromEntries(said)
}

/** The uses that hold by `settings`: what the person has said, else the default. */
export function wishedUses(settings: ReadonlyState): Uses {
  return { ...DEFAULT_USES, ...usesIn(settings) }
}
