// Learning paths and their steps.
import type { LearningPath } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

const PATH_COLUMNS = `p.id, p.title, p.description, p.level, p.estimated_minutes as "estimatedMinutes"`
const STEPS = `json_agg(json_build_object('resourceId', s.resource_id, 'required', s.required) order by s.position)`

/** Every path, by id, without the steps whose resource is archived; one that has no other is left out. */
export async function listPaths(db: Db): Promise<readonly LearningPath[]> {
  const { rows } = await db.query<LearningPath>(
    `select ${PATH_COLUMNS}, ${STEPS} as steps
     from learning_paths p
     join learning_path_resources s on s.path_id = p.id
     join learning_resources r on r.id = s.resource_id and r.status = 'active'
     group by p.id order by p.id collate "C"`,
  )
  return rows
}

/** One path with all of its steps, locked until the transaction ends. */
export async function lockPath(db: Db, id: string): Promise<LearningPath | undefined> {
  const { rows } = await db.query<LearningPath>(
    `select ${PATH_COLUMNS},
       (select ${STEPS} from learning_path_resources s where s.path_id = p.id) as steps
     from learning_paths p where p.id = $1 for update`,
    [id],
  )
  return rows[0]
}

/** Adds a path; `false` where there is one of this id. */
export async function insertPath(db: Db, path: LearningPath): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into learning_paths (id, title, description, level, estimated_minutes) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [path.id, path.title, path.description, path.level, path.estimatedMinutes],
  )
  if (rowCount !== 1) return false
  await replaceSteps(db, path)
  return true
}

/** Writes over a path. */
export async function updatePath(db: Db, path: LearningPath): Promise<void> {
  await db.query(
    `update learning_paths
     set title = $2, description = $3, level = $4, estimated_minutes = $5, updated_at = now()
     where id = $1`,
    [path.id, path.title, path.description, path.level, path.estimatedMinutes],
  )
  await replaceSteps(db, path)
}

async function replaceSteps(db: Db, { id, steps }: LearningPath): Promise<void> {
  await db.query('delete from learning_path_resources where path_id = $1', [id])
  await db.query(
    `insert into learning_path_resources (path_id, position, resource_id, required)
     select $1, place - 1, resource_id, required
     from unnest($2::uuid[], $3::boolean[]) with ordinality as s (resource_id, required, place)`,
    [id, steps.map(({ resourceId }) => resourceId), steps.map(({ required }) => required)],
  )
}

/** Deletes a path; the resources stay. */
export async function deletePath(db: Db, id: string): Promise<void> {
  await db.query('delete from learning_paths where id = $1', [id])
}
