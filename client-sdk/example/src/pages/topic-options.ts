// Topics to choose from.
import { compareText, topicLabel } from '../format.ts'

/** Topics of these things with their names, in the order of the alphabet. */
export function topicOptions(
  things: readonly { readonly topics: readonly string[] }[],
): (readonly [string, string])[] {
  const topics = new Set(things.flatMap(each => each.topics))
  return [...topics]
    .map(topic => [topic, topicLabel(topic)] as const)
    .sort(([, a], [, b]) => compareText(a, b))
}
