// Learning paths of the catalog, and how far the person has come along them: worked out here, so that asking tells nobody.
import { type LearningPath, type PathProgress, pathProgress } from '@workforce-democracy/shared'
import type { Catalogs } from '../catalogs.ts'
import type { Documents } from '../replica.ts'
import { resolvedProgress } from './resolved-progress.ts'

/** A path and how far the person has come along it. */
export interface PathView extends LearningPath {
  readonly progress: PathProgress
}

/**
 * Learning paths. There are none before the catalog was fetched.
 *
 * @example
 * for (const { title, progress } of client.paths.list()) console.log(title, progress.nextResourceId)
 */
export interface Paths {
  /** By id. */
  list(): PathView[]
  /**
   * One path, `undefined` where the catalog has none of this id.
   *
   * @example
   * client.paths.get('workplace-democracy-101')?.progress.nextResourceId
   */
  get(id: string): PathView | undefined
}

/** Makes the paths of a client. */
export function createPaths({
  replica,
  catalogs,
}: {
  readonly replica: Documents
  readonly catalogs: Catalogs
}): Paths {
  const progressById = resolvedProgress(replica, catalogs)
  // One that an older version of this SDK has kept lacks them.
  const all = (): readonly LearningPath[] => catalogs.resources?.paths ?? []
  const view = (path: LearningPath): PathView => ({ ...path, progress: pathProgress(path, progressById()) })
  return {
    list: () => all().map(view),
    get(id) {
      const path = all().find(each => each.id === id)
      return path && view(path)
    },
  }
}
