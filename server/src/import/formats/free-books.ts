// EbookFoundation/free-programming-books (CC BY 4.0): books and courses; `rest` is author (format) (licence).
import { type ResourceType, topicsOfText } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { ImportedResource } from '../../db/resources.ts'
import { type Converted, checked } from '../importer.ts'
import { cutText, httpUrlSchema, isVideoUrl, toResource } from './resource-fields.ts'

const freeBookSchema = z.object({
  title: z.string().check(z.trim(), z.minLength(1), z.maxLength(500)),
  url: httpUrlSchema,
  rest: z.string().check(z.maxLength(2000)),
  section: z.string().check(z.maxLength(200)),
  file: z.string().check(z.maxLength(200)),
})

/** One book or course. */
export function convertFreeBook(value: unknown): Converted<ImportedResource> {
  return checked(freeBookSchema, value, ({ title, url, rest, section, file }) => {
    const subject = section.replaceAll('\\', '').replace(/^\d+ - /, '')
    const topics = topicsOfText(`${subject}. ${title}`)
    const remarks = [...rest.matchAll(/\(([^()]*)\)/g)].map(([, remark]) => remark?.replace(/[*_]/g, ''))
    return {
      item: toResource({
        sourceKey: url,
        origin: 'free-books',
        type: typeOf(file, url),
        title,
        description: cutText([subject, ...remarks].join('. '), 1000),
        contentUrl: url,
        topics: topics.length > 0 ? topics : ['programming'],
        author: cutText(rest.split('(')[0]?.replace(/^[\s\-–:,.]+|[\s\-–:,.]+$/g, ''), 255),
        sourceOrganization: 'free-programming-books (CC BY 4.0)',
      }),
    }
  })
}

function typeOf(file: string, url: string): ResourceType {
  if (isVideoUrl(url)) return 'videos'
  return /course|interactive|tutorial/.test(file) ? 'interactive' : 'articles'
}
