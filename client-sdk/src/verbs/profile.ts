// What a person says about themselves: the `profile` document.
import {
  CodedError,
  type JsonValue,
  keyOf,
  type ProfileField,
  type ProfileFields,
  profileFieldSchemas,
  profileIn,
} from '@workforce-democracy/shared'
import type { Documents, SavedWrite } from '../replica.ts'
import { checkedKey, checkedValue, isoTime, subscribeTo } from './document-view.ts'

/** Fields to set; `null` removes one. */
export type ProfileChanges = { readonly [F in ProfileField]?: ProfileFields[F] | null }

/**
 * A person's profile. Reads are from memory; writes resolve when saved on this device.
 *
 * @example
 * const stop = client.profile.subscribe(() => console.log(client.profile.get(), client.profile.interests()))
 * await client.profile.addInterest('labor')
 * await client.profile.removeInterest('labor')
 * stop()
 */
export interface Profile {
  get(): ProfileFields
  /**
   * Sets or removes fields; the others stay. Each field merges with other devices by itself.
   *
   * @throws CodedError `invalid-input`, `store-failed`, `client-closed`
   * @example
   * await client.profile.set({ skillLevel: 'beginner', occupation: null })
   */
  set(changes: ProfileChanges): Promise<SavedWrite>
  addInterest(topic: string): Promise<SavedWrite>
  /** Does nothing where there is none. */
  removeInterest(topic: string): Promise<SavedWrite>
  /** Sorted. */
  interests(): string[]
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const DOCUMENT = 'profile'

export function createProfile({ replica }: { readonly replica: Documents }): Profile {
  const state = () => replica.state(DOCUMENT)
  return {
    get: () => profileIn(state()).fields,
    async set(changes) {
      const values = Object.entries(changes)
        .filter(([, value]) => value !== undefined)
        .map(([field, value]) => ({
          key: keyOf(checkedField(field)),
          value: checkedChange(checkedField(field), value),
        }))
      return replica.write(DOCUMENT, () => values)
    },
    async addInterest(topic) {
      const key = checkedKey('interest', topic)
      const value = { addedAt: isoTime(replica.now()) }
      return replica.write(DOCUMENT, profile => (profile.get(key)?.value ? [] : [{ key, value }]))
    },
    async removeInterest(topic) {
      const key = checkedKey('interest', topic)
      return replica.write(DOCUMENT, profile => (profile.get(key)?.value ? [{ key, value: null }] : []))
    },
    interests: () => [...profileIn(state()).interests],
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}

function checkedField(field: string): ProfileField {
  if (Object.hasOwn(profileFieldSchemas, field)) return field as ProfileField
  throw new CodedError('invalid-input', 'There is no such field of the profile.')
}

function checkedChange(field: ProfileField, value: unknown): JsonValue {
  return value === null ? null : checkedValue<string | string[]>(profileFieldSchemas[field], value)
}
