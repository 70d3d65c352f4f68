// The merged progress by the ids that the catalog knows now, kept until something changes.
import { type ResourceProgress, resolvedProgress as resolve } from '@workforce-democracy/shared'
import type { Catalogs } from '../catalogs.ts'
import type { Documents } from '../replica.ts'

/** The merged progress by resource id, worked out again only when registers or catalog have changed. */
export function resolvedProgress(
  replica: Documents,
  catalogs: Catalogs,
): () => ReadonlyMap<string, ResourceProgress> {
  let progressById: ReadonlyMap<string, ResourceProgress> | undefined
  let catalog = catalogs.resources
  replica.subscribe(({ document, registers }) => {
    if (document === 'progress' && registers.length > 0) progressById = undefined
  })
  return () => {
    if (!progressById || catalog !== catalogs.resources) {
      catalog = catalogs.resources
      progressById = resolve(replica.state('progress'), catalogs.resolve)
    }
    return progressById
  }
}
