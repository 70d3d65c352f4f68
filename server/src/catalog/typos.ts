// Which words may be meant by one that is mistyped.

/** Shorter words have too many neighbours. */
const SHORTEST = 4
/** From here on two letters may be wrong. */
const LONG = 8

/** Whether a word is one that could be mistyped: long enough, and no number. */
export function isCorrectable(word: string): boolean {
  return [...word].length >= SHORTEST && !/\p{N}/u.test(word)
}

/**
 * Those of `known` that are nearest to `typed`, where they are near enough: one letter missing, added, wrong or swapped with
 * the next, or two in words of eight letters or more.
 */
export function nearestWords(typed: string, known: readonly string[]): readonly string[] {
  if (!isCorrectable(typed)) return []
  const allowed = [...typed].length >= LONG ? 2 : 1
  const distances = known.map(word => ({ word, distance: typoDistance(typed, word) }))
  const least = Math.min(allowed, ...distances.map(({ distance }) => distance))
  return distances.filter(({ distance }) => distance === least).map(({ word }) => word)
}

/** A word with two neighbouring letters swapped, at each place: what is swapped shares few trigrams with what was meant. */
export function swappedForms(word: string): readonly string[] {
  const letters = [...word]
  return letters.slice(1).map((_, at) => {
    const [first = '', second = ''] = letters.slice(at, at + 2)
    return [...letters.slice(0, at), second, first, ...letters.slice(at + 2)].join('')
  })
}

/**
 * How many letters have to be added, taken away, replaced, or swapped with the next, no letter twice (optimal string
 * alignment; Damerau, A technique for computer detection and correction of spelling errors, CACM 7(3), 1964).
 */
export function typoDistance(from: string, to: string): number {
  const [a, b] = [[...from], [...to]]
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, letter] of a.entries()) {
    const current = [row + 1]
    for (const [column, other] of b.entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1)
      const moved = Math.min((above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1)
      const isSwap = row > 0 && column > 0 && letter === b[column - 1] && a[row - 1] === other
      const swapped = isSwap ? (before[column - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY
      current.push(Math.min(replaced, moved, swapped))
    }
    before = above
    above = current
  }
  return above[b.length] ?? 0
}
