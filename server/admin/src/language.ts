// What the pages of the administration say, in the language that the person has chosen for the site.
import { type Language, language } from '../../../client-sdk/example/src/language.ts'
import type { AdminStrings } from './strings/en.ts'

const loaders: Readonly<Record<Language, () => Promise<{ readonly strings: AdminStrings }>>> = {
  en: () => import('./strings/en.ts'),
  es: () => import('./strings/es.ts'),
}

/** The strings of that language. */
export let words: AdminStrings

/** Loads them, once the language is known. */
export async function loadWords(): Promise<void> {
  words = (await loaders[language()]()).strings
}
