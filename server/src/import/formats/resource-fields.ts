// What the formats have in common: addresses, ids, levels, and texts that fit their columns.
import type { Level } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { ImportedResource } from '../../db/resources.ts'
import { stableId } from '../stable-id.ts'

/** An http address in its normal form. */
export const httpUrlSchema = z.pipe(
  z.string().check(
    z.trim(),
    z.maxLength(2000),
    z.refine(url => /^https?:/i.test(url) && URL.canParse(url), 'not an http address'),
  ),
  z.transform(url => new URL(url).href),
)

/** A text that says something, cut to `max` characters. */
export function cutText(value: string | null | undefined, max: number): string | null {
  const clean = value?.replace(/\s+/g, ' ').trim()
  return clean ? clean.slice(0, max).trim() : null
}

/** Where a list says nothing of the level, its title may. */
export function levelOfTitle(title: string): Level | null {
  if (/\b(?:beginners?|introduction|introductory|intro|getting started|basics|dummies|101)\b/i.test(title))
    return 'beginner'
  if (/\b(?:advanced|experts?)\b/i.test(title)) return 'advanced'
  return /\bintermediate\b/i.test(title) ? 'intermediate' : null
}

/** YouTube's id of a video, `null` elsewhere and for lists of videos. */
export function youTubeId(url: string): string | null {
  const { hostname, pathname, searchParams } = new URL(url)
  const id = hostname === 'youtu.be' ? pathname.slice(1) : isYouTube(hostname) ? searchParams.get('v') : null
  return id && /^[\w-]{6,20}$/.test(id) ? id : null
}

/** Whether there is a film behind the address. */
export function isVideoUrl(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'youtu.be' || isYouTube(hostname) || hostname === 'vimeo.com'
}

function isYouTube(hostname: string): boolean {
  return /^(?:www\.|m\.)?youtube\.com$/.test(hostname)
}

/** A resource of which a format gives what it knows. */
export function toResource(
  fields: Pick<ImportedResource, 'sourceKey' | 'origin' | 'type' | 'title' | 'contentUrl' | 'topics'> &
    Partial<ImportedResource>,
): ImportedResource {
  return {
    aliases: [],
    description: null,
    durationMinutes: null,
    difficulty: levelOfTitle(fields.title),
    author: null,
    sourceOrganization: null,
    publishedOn: null,
    videoId: fields.contentUrl ? youTubeId(fields.contentUrl) : null,
    verified: false,
    ...fields,
    id: stableId(fields.sourceKey),
  }
}
