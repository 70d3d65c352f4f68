// What a person has achieved, worked out on this device from what is there anyway.
import type { Client } from '@workforce-democracy/client'

/** Achievements by name, in the order that they are shown. */
const REACHED: Readonly<Record<string, (client: Client) => boolean>> = {
  'first-vote': ({ votes }) => votes.list().length >= 1,
  'ten-votes': ({ votes }) => votes.list().length >= 10,
  'first-resource': ({ progress }) => progress.stats().completed >= 1,
  'ten-resources': ({ progress }) => progress.stats().completed >= 10,
  'ten-hours': ({ progress }) => progress.stats().seconds >= 36_000,
  'week-in-a-row': ({ progress }) => progress.stats().streakDays >= 7,
  'whole-path': ({ paths }) => paths.list().some(({ progress }) => progress.done),
}

/** The names of those that are reached. */
export const achievementsOf = (client: Client): readonly string[] =>
  Object.entries(REACHED).flatMap(([name, isReached]) => (isReached(client) ? [name] : []))
