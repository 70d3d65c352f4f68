// What the routes of learning say of themselves.
import * as answers from './answer-schemas.ts'
import { documented } from './documented.ts'
import { EXAMPLE_HISTORY_ITEM, EXAMPLE_RESOURCE } from './examples.ts'
import { WRITE_CODES } from './write-codes.ts'

const item = { schema: answers.historyItemSchema, example: EXAMPLE_HISTORY_ITEM }
const resourceId = 'video1'

/** The operations of `learning-routes.ts`. */
export const operations = {
  view: documented({
    summary: 'Take note that I have looked at a resource',
    who: 'person',
    once: true,
    answer: item,
    codes: WRITE_CODES,
    example: { body: { resourceId } },
  }),
  progress: documented({
    summary: 'Take note of time that I have spent on a resource',
    description: '`seconds` is added to what there is; `percent` never goes back.',
    who: 'person',
    once: true,
    answer: item,
    codes: WRITE_CODES,
    example: { body: { resourceId, percent: 40, seconds: 90 } },
  }),
  complete: documented({
    summary: 'Take note that I have worked through a resource',
    who: 'person',
    once: true,
    answer: item,
    codes: WRITE_CODES,
    example: { body: { resourceId } },
  }),
  rate: documented({
    summary: 'Rate a resource',
    description: 'Another rating takes its place.',
    who: 'person',
    once: true,
    answer: item,
    codes: WRITE_CODES,
    example: { body: { resourceId, rating: 4 } },
  }),
  bookmark: documented({
    summary: 'Bookmark a resource',
    who: 'person',
    once: true,
    answer: {
      schema: answers.bookmarkItemSchema,
      example: { resourceId: EXAMPLE_RESOURCE.id, addedAt: '2026-03-01T12:00:00.000Z', folder: 'later' },
    },
    codes: WRITE_CODES,
    example: { body: { resourceId, folder: 'later' } },
  }),
  removeBookmark: documented({
    summary: 'Remove a bookmark; does nothing where there is none',
    who: 'person',
    answer: { status: 204 },
    codes: WRITE_CODES,
    example: { params: { id: resourceId } },
  }),
  history: documented({
    summary: 'List the resources that I have looked at, the latest first',
    who: 'person',
    answer: {
      schema: answers.pageOf(answers.historyItemSchema),
      example: { items: [EXAMPLE_HISTORY_ITEM], nextCursor: null },
    },
    codes: ['document-sealed'],
    example: { query: { limit: 20 } },
  }),
  stats: documented({
    summary: 'Get my totals, days and streak',
    description: 'By the time zone of the profile, else UTC. Takes the use `learningAnalytics`.',
    who: 'person',
    answer: {
      schema: answers.progressStatsSchema,
      example: {
        ...{ viewed: 3, completed: 1, seconds: 5_400, streakDays: 2 },
        days: [{ date: '2026-03-01', seconds: 1_800, resources: 2 }],
      },
    },
    codes: ['consent-required', 'document-sealed'],
  }),
}
