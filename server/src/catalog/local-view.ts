// Places as everybody may see them.
import type { LocalResource, LocalSubmission } from '@workforce-democracy/shared'
import type { LocalResourceRow } from '../db/local-resources.ts'

/** From so many people on ratings are told: fewer would say who rated how. */
const LEAST_RATINGS = 3

/** A place without what is for admins, its ratings only where enough people gave one. */
export function toLocalResource(row: LocalResourceRow): LocalResource {
  const isTold = row.ratingCount >= LEAST_RATINGS
  return {
    ...{ id: row.id, name: row.name, type: row.type, description: row.description, address: row.address },
    ...{ city: row.city, state: row.state, zipCode: row.zipCode, country: row.country },
    ...{ phone: row.phone, email: row.email, website: row.website },
    ...{ workerOwned: row.workerOwned, cooperative: row.cooperative, unionShop: row.unionShop },
    ...{ unions: row.unions, verified: row.verified, latitude: row.latitude, longitude: row.longitude },
    ratingMean: isTold ? row.ratingAverage : null,
    ratingCount: isTold ? row.ratingCount : 0,
  }
}

/** A place with how far it has come. */
export const toSubmission = (row: LocalResourceRow): LocalSubmission => ({
  resource: toLocalResource(row),
  status: row.status,
  reason: row.reason,
})
