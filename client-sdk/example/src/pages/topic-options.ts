// Topics to choose from.
import { compareText, topicLabel } from '../format.ts'

/** Topics with their names, in the order of the alphabet. */
export const topicOptions = (topics: readonly string[]): (readonly [string, string])[] =>
  topics.map(topic => [topic, topicLabel(topic)] as const).sort(([, a], [, b]) => compareText(a, b))
