// hng/tech-coops: links on co-operatives, with the section and line of the list that each stands in.
import { type ResourceType, topicsOfText } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { ImportedResource } from '../../db/resources.ts'
import { type Converted, checked } from '../importer.ts'
import { cutText, httpUrlSchema, isVideoUrl, toResource } from './resource-fields.ts'

const coopLinkSchema = z.object({
  title: z.string().check(z.trim(), z.minLength(1), z.maxLength(500)),
  url: z.string().check(z.trim(), z.minLength(1), z.maxLength(2000)),
  section: z.string().check(z.maxLength(500)),
  line: z.string().check(z.maxLength(5000)),
})

/** The list on its website and in its repository, and its licence. */
const LIST_ITSELF =
  /^(?:#|\.?\/|https?:\/\/(?:www\.)?(?:tech-coops\.xyz|github\.com\/hng\/tech-coops|creativecommons\.org)(?:[/?#]|$))/i

/** One link. Those within the list itself are left out. */
export function convertCoopLink(value: unknown): Converted<ImportedResource> {
  return checked(coopLinkSchema, value, ({ title, url, section, line }) => {
    if (LIST_ITSELF.test(url)) return { skipped: 'a link within the list itself' }
    return checked(httpUrlSchema, url, contentUrl => {
      const description = cutText(
        line.split(/\)\s*[-–]\s+/)[1]?.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'),
        1000,
      )
      const name = title.replace(/^"(.*)"$/, '$1')
      const topics = topicsOfText(`${name}. ${description ?? ''}. ${section}`)
      return {
        item: toResource({
          sourceKey: contentUrl,
          origin: 'coop-links',
          type: typeOf(section, contentUrl),
          title: name,
          description,
          contentUrl,
          topics: [...new Set([...topics, 'cooperatives'])].sort(),
        }),
      }
    })
  })
}

function typeOf(section: string, url: string): ResourceType {
  if (isVideoUrl(url) || /\bvideos\b/i.test(section)) return 'videos'
  return /\/ tools$|forums|chat rooms|meetups/i.test(section) ? 'interactive' : 'articles'
}
