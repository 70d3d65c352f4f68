// Turns the registers of each document into the tables that a person reads. Nothing live is left out.
import { partsOf } from '../documents/keys.ts'
import { mergedProgress, type ResourceProgress } from '../documents/progress-state.ts'
import {
  bookmarkSchema,
  daySchema,
  dismissedSchema,
  interestSchema,
  noteSchema,
  profileFieldSchemas,
  ratingSchema,
  readValue,
  seenSchema,
  voteSchema,
} from '../documents/values.ts'
import type { JsonValue } from '../registers/json.ts'
import { parseEntry } from '../registers/register.ts'
import { joinAll, type ReadonlyState } from '../registers/state.ts'
import type { ExportData } from './export-data.ts'
import { type HtmlPart, html } from './html.ts'

/** A table of the page. */
export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly HtmlPart[])[]
  /** Sums over the rows, one cell a column. */
  readonly totals?: readonly HtmlPart[]
}

/** What a document holds: its tables, and how many removals stand beside them. */
export interface DocumentTables {
  readonly tables: readonly Table[]
  readonly removed: number
}

type NameOf = (id: string) => string
/** The form of a value, as {@link readValue} takes it. */
type Schema<T> = Parameters<typeof readValue<T>>[0]
type TablesOf = (entries: Entries, nameOf: NameOf) => Table[]

const TABLES_BY_DOCUMENT: Readonly<Record<string, TablesOf>> = {
  profile: profileTables,
  votes: votesTables,
  bookmarks: bookmarksTables,
  progress: progressTables,
  notes: notesTables,
}

/** The tables of every document of `data`, in its order. */
export function tablesOf(data: ExportData): DocumentTables[] {
  const states = Object.entries(data.documents).map(([name, entries]) => ({ name, state: stateOf(entries) }))
  const nameById = new Map(data.resources?.map(({ id, title }) => [id, title]))
  for (const [billId, { billName }] of billNames(states.find(({ name }) => name === 'votes')?.state))
    if (billName) nameById.set(billId, billName)
  return states.map(({ name, state }) => {
    const entries = new Entries(state)
    const tables = TABLES_BY_DOCUMENT[name]?.(entries, id => nameById.get(id) ?? id) ?? []
    const removed = [...state.values()].filter(({ value }) => value === null).length
    return { tables: [...tables, restTable(name, entries)].filter(({ rows }) => rows.length > 0), removed }
  })
}

/** The live registers of a document, handed out by form; what nobody takes is shown as it is. */
class Entries {
  readonly state: ReadonlyState
  readonly #taken = new Set<string>()

  constructor(state: ReadonlyState) {
    this.state = state
  }

  /** The values of this form whose key has `length` parts and begins with `kind`, if given. */
  take<T>(schema: Schema<T>, length: number, kind?: string): { parts: string[]; value: T }[] {
    return [...this.state.values()].flatMap(register => {
      const parts = partsOf(register.key)
      if (parts?.length !== length || (kind !== undefined && parts[0] !== kind)) return []
      const value = readValue(schema, register.value)
      if (value === undefined) return []
      this.#taken.add(register.key)
      return [{ parts, value }]
    })
  }

  /** What was not taken. */
  rest(): { key: string; value: JsonValue }[] {
    return [...this.state.values()].filter(({ key, value }) => value !== null && !this.#taken.has(key))
  }
}

function stateOf(entries: readonly unknown[]): ReadonlyState {
  const state = new Map()
  joinAll(
    state,
    entries.flatMap(entry => parseEntry(entry) ?? []),
  )
  return state
}

function billNames(votes: ReadonlyState = new Map()): [string, { billName?: string | undefined }][] {
  return new Entries(votes).take(voteSchema, 1).map(({ parts, value }) => [parts[0] ?? '', value])
}

/** `displayName` as a person reads it: Display name. */
function labelOf(field: string): string {
  const words = field.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function profileTables(entries: Entries): Table[] {
  const fields = Object.entries(profileFieldSchemas).flatMap(([field, schema]) =>
    entries
      .take<string | string[]>(schema, 1, field)
      .map(({ value }) => [labelOf(field), Array.isArray(value) ? value.join(', ') : value]),
  )
  const interests = newestFirst(entries.take(interestSchema, 2, 'interest'), ({ addedAt }) => addedAt)
  return [
    { title: 'Profile', columns: ['Field', 'Value'], rows: fields },
    {
      title: 'Interests',
      columns: ['Topic', 'Since'],
      rows: interests.map(({ parts, value }) => [parts[1], time(value.addedAt)]),
    },
  ]
}

function votesTables(entries: Entries): Table[] {
  const votes = newestFirst(entries.take(voteSchema, 1), ({ votedAt }) => votedAt)
  return [
    {
      title: 'Votes',
      columns: ['Bill', 'Id', 'Vote', 'Kind', 'Level', 'Voted'],
      rows: votes.map(({ parts, value }) => [
        value.billName ?? value.billNumber,
        parts[0],
        value.choice,
        value.billType,
        value.governmentLevel,
        time(value.votedAt),
      ]),
    },
  ]
}

function bookmarksTables(entries: Entries, nameOf: NameOf): Table[] {
  const bookmarks = newestFirst(entries.take(bookmarkSchema, 2), ({ addedAt }) => addedAt)
  return [
    {
      title: 'Bookmarks',
      columns: ['What', 'Kind', 'Folder', 'Added'],
      rows: bookmarks.map(({ parts: [kind, id = ''], value }) => [
        nameOf(id),
        kind,
        value.folder,
        time(value.addedAt),
      ]),
    },
  ]
}

function progressTables(entries: Entries, nameOf: NameOf): Table[] {
  entries.take(seenSchema, 3, 'seen')
  entries.take(ratingSchema, 2, 'rating')
  const progress = [...mergedProgress(entries.state).values()].sort((a, b) =>
    newer(a.viewedAt ?? a.ratedAt, b.viewedAt ?? b.ratedAt),
  )
  const dismissed = newestFirst(entries.take(dismissedSchema, 3, 'dismissed'), each => each.dismissedAt)
  return [
    resourcesTable(progress, nameOf),
    {
      title: 'Not to be recommended',
      columns: ['What', 'Kind', 'Since'],
      rows: dismissed.map(({ parts: [, kind, id = ''], value }) => [
        nameOf(id),
        kind,
        time(value.dismissedAt),
      ]),
    },
    daysTable(entries),
  ]
}

function resourcesTable(progress: readonly ResourceProgress[], nameOf: NameOf): Table {
  const seconds = progress.reduce((sum, each) => sum + each.seconds, 0)
  const completed = progress.filter(each => each.completedAt).length
  return {
    title: 'Learning',
    columns: ['Resource', 'Progress', 'Time spent', 'Last viewed', 'Completed', 'Rating'],
    rows: progress.map(each => [
      nameOf(each.resourceId),
      `${each.percent} %`,
      duration(each.seconds),
      time(each.viewedAt),
      time(each.completedAt),
      each.rating && `${each.rating} of 5`,
    ]),
    totals: [
      `${progress.length} in all`,
      undefined,
      duration(seconds),
      undefined,
      `${completed} completed`,
      undefined,
    ],
  }
}

/** Learning by day, summed over devices. */
function daysTable(entries: Entries): Table {
  const dayByDate = new Map<string, { seconds: number; resources: number }>()
  for (const { parts, value } of entries.take(daySchema, 3, 'day')) {
    const { seconds = 0, resources = 0 } = dayByDate.get(parts[1] ?? '') ?? {}
    dayByDate.set(parts[1] ?? '', {
      seconds: seconds + value.seconds,
      resources: resources + value.resources,
    })
  }
  return {
    title: 'Days',
    columns: ['Day', 'Time spent', 'Resources'],
    rows: [...dayByDate]
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .map(([date, { seconds, resources }]) => [date, duration(seconds), resources]),
  }
}

function notesTables(entries: Entries, nameOf: NameOf): Table[] {
  const notes = newestFirst(entries.take(noteSchema, 2), ({ editedAt }) => editedAt)
  return [
    {
      title: 'Notes',
      columns: ['About', 'Kind', 'Note', 'Edited'],
      rows: notes.map(({ parts: [kind, id = ''], value }) => [
        nameOf(id),
        kind,
        html`<div class="text">${value.text}</div>`,
        time(value.editedAt),
      ]),
    },
  ]
}

function restTable(name: string, entries: Entries): Table {
  return {
    title: name === 'settings' ? 'Settings' : `Other entries of ${name}`,
    columns: ['Key', 'Value'],
    rows: entries.rest().map(({ key, value }) => [key, JSON.stringify(value)]),
  }
}

function newestFirst<T>(entries: { parts: string[]; value: T }[], timeOf: (value: T) => string) {
  return entries.sort((a, b) => newer(timeOf(a.value), timeOf(b.value)))
}

/** Sorts ISO 8601 times, the newest first. */
function newer(a = '', b = ''): number {
  return (Date.parse(b) || 0) - (Date.parse(a) || 0)
}

/** An ISO 8601 time to the minute. */
export function time(iso: string | undefined): HtmlPart {
  return iso && html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`
}
