// Where in a text the words are that a search has found. A text is never changed, and nothing is markup: ranges are given.
import type { TextRange } from '@workforce-democracy/shared'

/** What counts as a word, here and where queries are taken apart: letters, their marks, and digits. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu

/** Words as they are compared. */
const normalized = (word: string) => word.normalize('NFKC').toLowerCase()

/** The words of a text, in order, as they are compared. */
export function wordsOf(text: string): readonly string[] {
  return normalized(text).match(WORD) ?? []
}

/** The ranges of the words of `text` that `isFound` says yes to. */
export function rangesOf(text: string | null, isFound: (word: string) => boolean): readonly TextRange[] {
  return [...(text ?? '').matchAll(WORD)].flatMap(({ 0: word, index }): TextRange[] =>
    isFound(normalized(word)) ? [[index, index + word.length]] : [],
  )
}
