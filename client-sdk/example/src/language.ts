// The language of the page: one table of strings, and the person's locale for numbers and times.
import type { Strings } from './strings/en.ts'

/** Languages that there is a table for. */
export const LANGUAGES = ['en', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

const KEPT = 'language'
const loaders: Readonly<Record<Language, () => Promise<{ readonly strings: Strings }>>> = {
  en: () => import('./strings/en.ts'),
  es: () => import('./strings/es.ts'),
}

/** The strings of the language that is chosen. */
export let t: Strings
let current: Language = 'en'
let currentLocale: string = current

/** The language that is chosen. */
export const language = (): Language => current

/** The locale of numbers and times: the person's own where it is of the language that is chosen. */
export const locale = (): string => currentLocale

/** Not every browser names its languages as BCP 47 does: `en-US@posix`. */
function isLocale(name: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(name).length > 0
  } catch {
    return false
  }
}

/** Loads the language that this person has chosen here, else the first of the browser's that there is a table for. */
export async function loadLanguage(): Promise<void> {
  const wished = [localStorage.getItem(KEPT) ?? '', ...navigator.languages].map(each => each.slice(0, 2))
  await useLanguage(LANGUAGES.find(each => each === wished.find(isLanguage)) ?? 'en')
}

/** Changes to a language, and keeps that. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  localStorage.setItem(KEPT, chosen)
  await useLanguage(chosen)
}

async function useLanguage(chosen: Language): Promise<void> {
  const { strings } = await loaders[chosen]()
  current = chosen
  currentLocale = navigator.languages.find(each => each.startsWith(chosen) && isLocale(each)) ?? chosen
  t = strings
  document.documentElement.lang = chosen
}

const isLanguage = (name: string): name is Language => (LANGUAGES as readonly string[]).includes(name)
