// What people have viewed and how they have rated it: counted anew from what they share, so that nothing of who has done
// what is kept, and what somebody takes back is gone with the next count.
import {
  CodedError,
  prepareCatalog,
  type ResourceProgress,
  resolvedProgress,
  resolveResource,
} from '@workforce-democracy/shared'
import type { Catalogs } from '../catalog/catalogs.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { bumpRevision } from '../db/imports.ts'
import { type CommunityCount, updateCommunityCounts } from '../db/resources.ts'
import { listSharingPeople } from '../db/uses.ts'
import type { OpenState } from './open-state.ts'

interface CountServices {
  readonly pool: Pool
  readonly catalogs: Pick<Catalogs, 'resources'>
  readonly openState: Pick<OpenState, 'read'>
}

/** People whose names are held at once. */
const BATCH = 500
/** Other ids are of no resource here. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

interface Sum {
  views: number
  ratings: number
  points: number
}

/**
 * Counts each person once for each resource (SPEC O17): those who share and whose `progress` is open, at the moment it is
 * read. What they wrote under an alias counts for its resource.
 */
export async function countCommunity({ pool, catalogs, openState }: CountServices): Promise<void> {
  const catalog = prepareCatalog(await catalogs.resources())
  const sums = new Map<string, Sum>()
  for (let after: string | undefined; ; ) {
    const people = await listSharingPeople(pool, { limit: BATCH, after })
    for (const personId of people) {
      const progress = await openState.read(personId, 'progress').catch(unlessUnreadable)
      if (progress) addPerson(sums, resolvedProgress(progress, id => resolveResource(catalog, id)).values())
    }
    after = people.at(-1)
    if (people.length < BATCH) break
  }
  await inTransaction(pool, async db => {
    const changed = await updateCommunityCounts(db, countsOf(sums))
    if (changed > 0) await bumpRevision(db, 'resources')
  })
}

/** Sealed since the list was read, or damaged: it does not count, and everybody else does. */
function unlessUnreadable(error: unknown): undefined {
  const isUnreadable =
    error instanceof CodedError && (error.code === 'document-sealed' || error.code === 'at-rest-damaged')
  if (!isUnreadable) throw error
}

function addPerson(sums: Map<string, Sum>, progress: Iterable<ResourceProgress>): void {
  for (const { resourceId, viewedAt, rating } of progress) {
    if (!UUID.test(resourceId) || (viewedAt === undefined && rating === undefined)) continue
    const sum = sums.get(resourceId) ?? { views: 0, ratings: 0, points: 0 }
    if (viewedAt !== undefined) sum.views++
    if (rating !== undefined) {
      sum.ratings++
      sum.points += rating
    }
    sums.set(resourceId, sum)
  }
}

function countsOf(sums: ReadonlyMap<string, Sum>): CommunityCount[] {
  return [...sums].map(([resourceId, { views, ratings, points }]) => ({
    ...{ resourceId, views, ratings },
    ratingMean: ratings === 0 ? 0 : points / ratings,
  }))
}
