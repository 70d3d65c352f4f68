// The merged view of the `profile` document: its fields and the interests beside them.
import type { JsonValue } from '../registers/json.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { keyOf, partsOf } from './keys.ts'
import {
  interestSchema,
  type ProfileField,
  type ProfileFields,
  profileFieldSchemas,
  readValue,
} from './values.ts'

/** What a person says about themselves. */
export interface ProfileState {
  readonly fields: ProfileFields
  /** Topics, sorted. */
  readonly interests: readonly string[]
}

const FIELDS = Object.keys(profileFieldSchemas) as ProfileField[]

/** The profile as it stands; malformed registers count as absent. */
export function profileIn(state: ReadonlyState): ProfileState {
  const fields = FIELDS.map(field => [field, readField(field, state.get(keyOf(field))?.value)] as const)
  return {
    fields: Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as ProfileFields,
    interests: [...state.values()]
      .flatMap(({ key, value }) => {
        const [kind, topic] = partsOf(key) ?? []
        return kind === 'interest' && topic && readValue(interestSchema, value) ? [topic] : []
      })
      .sort(),
  }
}

function readField(field: ProfileField, value: JsonValue | undefined) {
  return readValue<ProfileFields[ProfileField]>(profileFieldSchemas[field], value)
}
