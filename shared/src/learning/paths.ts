// Learning paths: resources in an order, and how far a person has come along them.
import type { ResourceProgress } from '../documents/progress-state.ts'
import type { LearningPath } from '../recommend/types.ts'

/** How far somebody has come along a path. */
export interface PathProgress {
  /** Steps that are completed. */
  readonly completed: number
  readonly total: number
  readonly requiredCompleted: number
  readonly requiredTotal: number
  /** 0 to 100, whole: the mean over the steps that count, a completed one as 100. 100 only when all of them are completed. */
  readonly percent: number
  /** The first required step that is not completed, else the first optional one; `null` when all are. */
  readonly nextResourceId: string | null
  /** Whether every step that counts is completed. */
  readonly done: boolean
}

/**
 * How far somebody has come along a path (SPEC O16). The required steps count; where a path requires none, all of them do.
 * `progressById` has the merged progress by the UUIDs of resources: see `mergedProgress`.
 *
 * @example
 * pathProgress(path, mergedProgress(state)).nextResourceId
 */
export function pathProgress(
  path: Pick<LearningPath, 'steps'>,
  progressById: ReadonlyMap<string, ResourceProgress>,
): PathProgress {
  const { steps } = path
  const isCompleted = ({ resourceId }: { readonly resourceId: string }) =>
    progressById.get(resourceId)?.completedAt !== undefined
  const required = steps.filter(step => step.required)
  const counting = required.length > 0 ? required : steps
  const done = counting.every(isCompleted)
  const points = counting.reduce(
    (sum, step) => sum + (isCompleted(step) ? 100 : (progressById.get(step.resourceId)?.percent ?? 0)),
    0,
  )
  const mean = counting.length === 0 ? 100 : Math.floor(points / counting.length)
  const next = required.find(step => !isCompleted(step)) ?? steps.find(step => !isCompleted(step))
  return {
    completed: steps.filter(isCompleted).length,
    total: steps.length,
    requiredCompleted: required.filter(isCompleted).length,
    requiredTotal: required.length,
    percent: done ? 100 : Math.min(99, mean),
    nextResourceId: next?.resourceId ?? null,
    done,
  }
}
