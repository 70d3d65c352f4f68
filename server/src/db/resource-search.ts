// Search of learning resources: full text by Postgres, and words that are written almost alike by their trigrams.
import type { Level, ResourceType } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** What to search for. */
export interface ResourceSearch {
  /**
   * For each word that was typed those that count as it, itself first; letters and digits only. One of each must be there.
   * What was typed last may be the beginning of a word, from two letters on.
   */
  readonly words: readonly (readonly string[])[]
  readonly type?: ResourceType | undefined
  readonly topic?: string | undefined
  readonly difficulty?: Level | undefined
  readonly verified?: boolean | undefined
  readonly limit: number
  /** The last one of the page before. */
  readonly after?: FoundRow | undefined
}

/** A resource that was found, and how well it fits. */
export interface FoundRow {
  readonly id: string
  readonly score: number
}

/**
 * Resources with all of the words, or with others of the same English stem; the best first, of equals by id. A word of the
 * title weighs more than one of the topics, of the description and of the author.
 */
export async function searchResources(db: Db, search: ResourceSearch): Promise<readonly FoundRow[]> {
  const { words, type, topic, difficulty, verified, limit, after } = search
  const places = words.flatMap((alternatives, place) => alternatives.map(() => place))
  const { rows } = await db.query<FoundRow>(
    `with each as (
       select place, to_tsquery('english', word) as stemmed,
         to_tsquery('simple', word || case when place = $3 and is_first and length(word) > 1 then ':*' else '' end) as plain
       from unnest($1::text[], $2::integer[], $4::boolean[]) as typed (word, place, is_first)
     ), by_place as (
       select place, string_agg(format('(%s)', stemmed || plain), ' | ') as query from each
       -- such as "the" finds nothing, and hides nothing
       where numnode(plain) > 0 and (numnode(stemmed) > 0 or place = $3)
       group by place
     ), whole as (
       select string_agg(format('(%s)', query), ' & ')::tsquery as query from by_place
     ), found as (
       select r.id, ts_rank(r.search, whole.query)::float8 as score
       from whole join learning_resources r on r.search @@ whole.query
       where r.status = 'active'
         and ($5::text is null or r.type = $5)
         and ($6::text is null or r.topics @> array[$6])
         and ($7::text is null or r.difficulty_level = $7)
         and ($8::boolean is null or r.is_verified = $8)
     )
     select id, score from found
     where $9::float8 is null or score < $9 or (score = $9 and id > $10::uuid)
     order by score desc, id limit $11`,
    [
      words.flat(),
      places,
      words.length - 1,
      words.flatMap(alternatives => alternatives.map((_, index) => index === 0)),
      type ?? null,
      topic ?? null,
      difficulty ?? null,
      verified ?? null,
      after?.score ?? null,
      after?.id ?? null,
      limit,
    ],
  )
  return rows
}

/** Less than one wrong letter leaves of the trigrams of a word of four. */
const LEAST_SIMILARITY = 0.24
const MOST_CANDIDATES = 50

/**
 * Words of resources that share trigrams with each of `words`, the most similar first, and those of `swapped` that there
 * are. In a transaction: it sets what counts as similar.
 */
export async function findSimilarWords(
  db: Db,
  words: readonly string[],
  swapped: readonly string[],
): Promise<readonly string[]> {
  await db.query(`select set_config('pg_trgm.similarity_threshold', $1, true)`, [String(LEAST_SIMILARITY)])
  const found = new Set<string>()
  // One after the other: of a word that Postgres knows when it plans it knows how few are like it.
  for (const word of words) {
    const { rows } = await db.query<{ word: string }>(
      `select word from resource_words where word % $1 order by similarity(word, $1) desc, word limit $2`,
      [word, MOST_CANDIDATES],
    )
    for (const row of rows) found.add(row.word)
  }
  const turned = await db.query<{ word: string }>(
    'select word from resource_words where word = any($1::text[])',
    [swapped],
  )
  for (const row of turned.rows) found.add(row.word)
  return [...found]
}

/** The English stem of each word; none for words such as "the". */
export async function readStems(db: Db, words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ word: string; stem: string | null }>(
    `select word, (ts_lexize('english_stem', word))[1] as stem from unnest($1::text[]) as given (word)`,
    [words],
  )
  return new Map(rows.flatMap(({ word, stem }) => (stem === null ? [] : [[word, stem]])))
}
