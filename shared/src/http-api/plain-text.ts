// Texts that people write for everybody to read, as databases can keep them.
import * as z from 'zod/mini'

/** Control characters and halves of characters: Postgres takes neither in text nor in JSON. */
const UNFIT = /[\p{Cs}\p{Cc}]/u

/** One line of 1 to `max` characters, blanks around it taken off. */
export const lineSchema = (max: number) =>
  z.string().check(
    z.trim(),
    z.minLength(1),
    z.maxLength(max),
    z.refine(text => !UNFIT.test(text), 'holds characters that are none'),
  )

/** The same over several lines. */
export const textSchema = (max: number) =>
  z.string().check(
    z.trim(),
    z.minLength(1),
    z.maxLength(max),
    z.refine(text => !UNFIT.test(text.replace(/[\n\r\t]/g, '')), 'holds characters that are none'),
  )
