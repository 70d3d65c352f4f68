// Rows of uses: what the server may do with documents that it can read.
import type { Uses } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** Sets a new account's uses. */
export async function insertUses(db: Db, personId: string, uses: Uses): Promise<void> {
  await db.query(
    `insert into uses
       (person_id, recommendations, civic_engagement_tracking, learning_analytics, community_sharing)
     values ($1, $2, $3, $4, $5)`,
    [
      personId,
      uses.recommendations,
      uses.civicEngagementTracking,
      uses.learningAnalytics,
      uses.communitySharing,
    ],
  )
}

/** A person's uses; `undefined` without account. */
export async function findUses(db: Db, personId: string): Promise<Uses | undefined> {
  const { rows } = await db.query<Uses>({
    name: 'find-uses',
    text: `select recommendations, civic_engagement_tracking as "civicEngagementTracking",
             learning_analytics as "learningAnalytics", community_sharing as "communitySharing"
           from uses where person_id = $1`,
    values: [personId],
  })
  return rows[0]
}

/** Changes what is given. */
export async function updateUses(db: Db, personId: string, uses: Partial<Uses>): Promise<void> {
  await db.query(
    `update uses
     set recommendations = coalesce($2, recommendations),
       civic_engagement_tracking = coalesce($3, civic_engagement_tracking),
       learning_analytics = coalesce($4, learning_analytics),
       community_sharing = coalesce($5, community_sharing)
     where person_id = $1`,
    [
      personId,
      uses.recommendations,
      uses.civicEngagementTracking,
      uses.learningAnalytics,
      uses.communitySharing,
    ],
  )
}

/** Up to `limit` people behind one who share what they learn, by id: the use is on, and their `progress` is open. */
export async function listSharingPeople(
  db: Db,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<readonly string[]> {
  const { rows } = await db.query<{ personId: string }>(
    `select u.person_id as "personId" from uses u
     join documents d on d.person_id = u.person_id and d.document = 'progress' and d.mode = 'open'
     where u.community_sharing and ($2::uuid is null or u.person_id > $2)
     order by u.person_id limit $1`,
    [limit, after ?? null],
  )
  return rows.map(({ personId }) => personId)
}
