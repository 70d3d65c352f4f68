// What a person does with places near by: submitting and rating. The server keeps it so that only that person's rows say it.
import { randomUUID } from 'node:crypto'
import { CodedError, type LocalRating } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { asPerson } from '../db/as-person.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { bumpRevision } from '../db/imports.ts'
import {
  insertSubmission,
  type LocalRatingCount,
  listRatingPeople,
  listRatings,
  listSubmissions,
  updateLocalRatings,
  upsertRating,
} from '../db/local-people.ts'
import { insertSubmitted, type LocalResourceRow, type WrittenLocalResource } from '../db/local-resources.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataCipher, DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'

/** Submitting and rating. */
export interface LocalPeople {
  /** @throws CodedError `too-many` for who has submitted as many as one may */
  submit(personId: string, resource: WrittenLocalResource): Promise<LocalResourceRow>
  /** Ids of the places that a person has submitted. */
  submitted(personId: string): Promise<readonly string[]>
  rate(personId: string, rating: LocalRating): Promise<void>
  /** Each place once. */
  ratings(personId: string): Promise<readonly LocalRating[]>
  /** Counts everybody's ratings anew (SPEC O25). */
  count(): Promise<void>
}

interface LocalPeopleServices {
  readonly pool: Pool
  readonly dataKeys: Pick<DataKeys, 'existing'>
  readonly lookup: Lookup
}

const MOST_SUBMISSIONS = 100
/** People whose names are held at once. */
const BATCH = 500

const submissionSchema = z.object({ resourceId: z.string() })
const ratingSchema = z.object({ resourceId: z.string(), rating: z.number() })

/** Makes it. */
export function createLocalPeople({ pool, dataKeys, lookup }: LocalPeopleServices): LocalPeople {
  const cipherOf = async (personId: string): Promise<DataCipher> => {
    const cipher = await dataKeys.existing(accountScope(personId))
    if (!cipher) throw new CodedError('at-rest-damaged', 'The key of the account is missing.')
    return cipher
  }
  const ratings = async (personId: string): Promise<LocalRating[]> => {
    const rows = await asPerson(pool, personId, db => listRatings(db, personId))
    if (rows.length === 0) return []
    const cipher = await cipherOf(personId)
    return rows.map(({ resourceHash, value }) =>
      ratingSchema.parse(JSON.parse(cipher.open(value, ratingPlace(resourceHash)).toString())),
    )
  }
  return {
    async submit(personId, resource) {
      const cipher = await cipherOf(personId)
      const id = randomUUID()
      const value = cipher.seal(Buffer.from(JSON.stringify({ resourceId: resource.id })), submissionPlace(id))
      await asPerson(pool, personId, async db => {
        if ((await listSubmissions(db, personId)).length >= MOST_SUBMISSIONS) throw new CodedError('too-many')
        await insertSubmission(db, personId, { id, value })
      })
      // In a transaction of its own: rows of one transaction carry its number, which would say that they belong together.
      return insertSubmitted(pool, resource)
    },
    async submitted(personId) {
      const rows = await asPerson(pool, personId, db => listSubmissions(db, personId))
      if (rows.length === 0) return []
      const cipher = await cipherOf(personId)
      return rows.map(
        ({ id, value }) =>
          submissionSchema.parse(JSON.parse(cipher.open(value, submissionPlace(id)).toString())).resourceId,
      )
    },
    async rate(personId, rating) {
      const resourceHash = lookup.hash('local-rating', personId, rating.resourceId)
      const cipher = await cipherOf(personId)
      const value = cipher.seal(Buffer.from(JSON.stringify(rating)), ratingPlace(resourceHash))
      await asPerson(pool, personId, db => upsertRating(db, personId, { resourceHash, value }))
    },
    ratings,
    async count() {
      const sums = new Map<string, { points: number; count: number }>()
      for (let after: string | undefined; ; ) {
        const people = await listRatingPeople(pool, { after, limit: BATCH })
        for (const personId of people) {
          for (const { resourceId, rating } of await ratings(personId).catch(unlessDamaged)) {
            const { points, count } = sums.get(resourceId) ?? { points: 0, count: 0 }
            sums.set(resourceId, { points: points + rating, count: count + 1 })
          }
        }
        after = people.at(-1)
        if (people.length < BATCH) break
      }
      const counts: LocalRatingCount[] = [...sums].map(([resourceId, { points, count }]) => ({
        ...{ resourceId, count, mean: points / count },
      }))
      await inTransaction(pool, async db => {
        if ((await updateLocalRatings(db, counts)) > 0) await bumpRevision(db, 'local')
      })
    },
  }
}

/** Whoever has gone meanwhile, or whose rows are damaged, does not count; everybody else does. */
function unlessDamaged(error: unknown): LocalRating[] {
  if (!(error instanceof CodedError && error.code === 'at-rest-damaged')) throw error
  return []
}

const submissionPlace = (id: string) => ({ table: 'local_submissions', column: 'value', row: id })
const ratingPlace = (hash: Buffer) => ({ table: 'local_ratings', column: 'value', row: hash.toString('hex') })
