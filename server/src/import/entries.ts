// The entries of a file one by one, never the whole file: JSON lines, a JSON array, or CSV with a header.
import { Readable } from 'node:stream'
import { type CsvError, parse as parseCsv } from 'csv-parse'
import { streamArray } from 'stream-json/streamers/stream-array.js'

/** Longer lines than this are not read: no entry is anywhere near. */
const MAX_LINE_BYTES = 16 * 1024 * 1024
const JSON_PIECE_LENGTH = 1024

/** One entry, or why there is none at this place. `place` is what a person looks for: `line 7`, `entry 7`. */
export type Entry =
  | { readonly place: string; readonly value: unknown }
  | { readonly place: string; readonly problem: string }

/** Reads entries in the layout that the content's beginning shows: `[` an array, `{` JSON lines, else CSV. */
export function readEntries(content: Readable, head: string): AsyncIterable<Entry> {
  const first = head.trimStart().charAt(0)
  if (first === '[') return readJsonArray(content)
  return first === '{' ? readJsonLines(content) : readCsv(content)
}

async function* readJsonLines(content: Readable): AsyncGenerator<Entry> {
  let number = 0
  for await (const line of splitLines(content)) {
    const place = `line ${++number}`
    if (line === undefined) yield { place, problem: `longer than ${MAX_LINE_BYTES} bytes` }
    else if (line.trim()) yield parseLine(place, line)
  }
}

function parseLine(place: string, line: string): Entry {
  try {
    return { place, value: JSON.parse(line) }
  } catch (error) {
    return { place, problem: `not JSON: ${(error as SyntaxError).message}` }
  }
}

/**
 * Lines without their ends, `undefined` for one that is too long. Not node:readline, which also splits at U+2028,
 * a plain character within JSON.
 */
async function* splitLines(content: Readable): AsyncGenerator<string | undefined> {
  let parts: Buffer[] = []
  let size = 0
  const take = (): string | undefined => {
    const line = size > MAX_LINE_BYTES ? undefined : Buffer.concat(parts).toString('utf8')
    parts = []
    size = 0
    return line
  }
  for await (const chunk of content as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      size += end - start
      yield take()
      start = end + 1
    }
    size += chunk.length - start
    if (size <= MAX_LINE_BYTES) parts.push(chunk.subarray(start))
    else parts = []
  }
  if (size > 0) yield take()
}

/** Fed by hand in small pieces, so that what comes before a damaged place still arrives. */
async function* readJsonArray(content: Readable): AsyncGenerator<Entry> {
  const parse = streamArray.withParser() as unknown as (
    piece: string,
  ) => AsyncIterable<{ readonly key: number; readonly value: unknown }>
  let end = ''
  for await (const text of content.setEncoding('utf8') as AsyncIterable<string>) {
    for (let start = 0; start < text.length; start += JSON_PIECE_LENGTH) {
      const piece = text.slice(start, start + JSON_PIECE_LENGTH)
      for await (const { key, value } of parse(piece)) {
        yield { place: `entry ${key + 1}`, value }
      }
    }
    end = text.trimEnd().at(-1) ?? end
  }
  if (end !== ']') throw new Error('the array has no end')
}

async function* readCsv(content: Readable): AsyncGenerator<Entry> {
  let problems: { readonly line: number; readonly problem: string }[] = []
  let damage: unknown
  const rows = parseCsv({
    bom: true,
    columns: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: error => {
      problems.push({ line: lineOf(error), problem: error?.message ?? 'not CSV' })
      return undefined
    },
  })
  /** The parser runs ahead of the rows: problems wait for their turn, so that entries come in one order always. */
  const problemsBefore = (line: number): Entry[] => {
    const due = problems.filter(problem => problem.line < line)
    problems = problems.filter(problem => problem.line >= line)
    return due.map(({ line, problem }) => ({ place: `line ${line}`, problem }))
  }
  // Ends the rows in order where the content ends in damage, so that those before it are not lost.
  const undamaged = Readable.from(
    untilDamage(content, error => {
      damage = error
    }),
  )
  let previous: Entry | undefined
  for await (const { info, record } of undamaged.pipe(rows) as AsyncIterable<{
    info: { lines: number }
    record: unknown
  }>) {
    if (previous) yield previous
    yield* problemsBefore(info.lines)
    previous = { place: `line ${info.lines}`, value: record }
  }
  // The last row before a damaged place may have lost its end.
  if (damage) throw damage
  if (previous) yield previous
  yield* problemsBefore(Number.POSITIVE_INFINITY)
}

async function* untilDamage(content: Readable, onDamage: (error: unknown) => void): AsyncGenerator<unknown> {
  try {
    yield* content
  } catch (error) {
    onDamage(error)
  }
}

function lineOf(error: CsvError | undefined): number {
  const { lines } = (error ?? {}) as { lines?: number }
  return lines ?? 0
}
