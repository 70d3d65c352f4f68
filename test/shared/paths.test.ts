// How far somebody has come along a learning path.
import {
  keyOf,
  pathProgress,
  type ResourceProgress,
  resolvedProgress,
  type State,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const step = (resourceId: string, required = true) => ({ resourceId, required })

const progressOf = (
  resourceId: string,
  percent: number,
  isCompleted = percent === 100,
): ResourceProgress => ({
  resourceId,
  percent,
  seconds: 0,
  viewedAt: '2026-01-01T00:00:00.000Z',
  completedAt: isCompleted ? '2026-01-02T00:00:00.000Z' : undefined,
  rating: undefined,
  ratedAt: undefined,
})

const progressById = (...progress: ResourceProgress[]) =>
  new Map(progress.map(each => [each.resourceId, each]))

test('[O16] counts the required steps, and says which comes next', () => {
  const path = { steps: [step('a'), step('b', false), step('c')] }
  expect(pathProgress(path, progressById(progressOf('a', 100), progressOf('c', 50)))).toEqual({
    completed: 1,
    total: 3,
    requiredCompleted: 1,
    requiredTotal: 2,
    percent: 75,
    nextResourceId: 'c',
    done: false,
  })
  expect(pathProgress(path, progressById(progressOf('a', 100), progressOf('c', 100)))).toMatchObject({
    percent: 100,
    nextResourceId: 'b',
    done: true,
  })
  expect(pathProgress({ steps: [step('a', false)] }, new Map())).toMatchObject({ percent: 0, done: false })
})

test('[O16] all of a resource seen is not completed: 99 at most until it is', () => {
  expect(pathProgress({ steps: [step('a')] }, progressById(progressOf('a', 100, false)))).toMatchObject({
    percent: 99,
    done: false,
    nextResourceId: 'a',
  })
})

test('[O16] always: 100 percent is done, nothing is next only when all is completed, more done is never less', () => {
  const ids = ['a', 'b', 'c', 'd', 'e']
  const steps = fc
    .uniqueArray(fc.constantFrom(...ids), { minLength: 1 })
    .chain(chosen => fc.tuple(...chosen.map(id => fc.boolean().map(required => step(id, required)))))
  const seen = fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...ids), fc.nat(100), fc.boolean())
      .map(([id, percent, isCompleted]) => progressOf(id, percent, isCompleted)),
    { selector: ({ resourceId }) => resourceId },
  )
  fc.assert(
    fc.property(steps, seen, fc.constantFrom(...ids), (given, done, more) => {
      const path = { steps: given }
      const before = pathProgress(path, progressById(...done))
      const after = pathProgress(path, progressById(...done, progressOf(more, 100)))
      expect(before.percent === 100).toBe(before.done)
      expect(before.nextResourceId === null).toBe(before.completed === before.total)
      expect(after.percent).toBeGreaterThanOrEqual(before.percent)
      expect(after.completed).toBeGreaterThanOrEqual(before.completed)
      expect(after.completed).toBeLessThanOrEqual(after.total)
    }),
  )
})

test('[D8] what was written under an alias is joined to its resource', () => {
  const at = (key: string, value: object, stamp: number) => [key, { key, stamp, device: 'aaaaaaaa', value }]
  const seen = { percent: 40, seconds: 5, viewedAt: '2026-01-01T00:00:00.000Z' }
  const completedAt = '2026-01-02T00:00:00.000Z'
  const state = new Map([
    at(keyOf('seen', 'video1', 'aaaaaaaa'), seen, 1),
    at(keyOf('seen', 'uuid', 'aaaaaaaa'), { ...seen, percent: 90, seconds: 7, completedAt }, 2),
    at(keyOf('rating', 'video1'), { rating: 2, ratedAt: completedAt }, 3),
    at(keyOf('rating', 'uuid'), { rating: 5, ratedAt: completedAt }, 4),
  ] as never) as State
  const progress = resolvedProgress(state, id => (id === 'video1' ? 'uuid' : id))
  expect([...progress.keys()]).toEqual(['uuid'])
  expect(progress.get('uuid')).toMatchObject({ percent: 90, seconds: 12, completedAt, rating: 5 })
})
