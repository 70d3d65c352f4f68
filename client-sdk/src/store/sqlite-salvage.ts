// Makes a sound file of what can be read of a damaged one, and keeps the damaged one beside it.
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { createFile, walOf } from './sqlite-file.ts'
import { pageSizeOf, readRows } from './sqlite-pages.ts'
import { framesOf } from './sqlite-wal.ts'
import type { Row } from './store.ts'

/** Puts a sound file in the place of a damaged one; returns where the damaged one is kept, with its log beside it. */
export function salvageFile(path: string): string {
  createFile(salvagedOf(path), salvagedRows(path))
  return finishSalvage(path) ?? path
}

/** Ends what was cut off: the salvaged file is whole, and not yet in its place. */
export function finishSalvage(path: string): string | undefined {
  if (!existsSync(salvagedOf(path))) return undefined
  const keptAt = freeName(path)
  // The log first: beside a file that it does not belong to it would be taken for that file's.
  if (existsSync(walOf(path))) renameSync(walOf(path), walOf(keptAt))
  if (existsSync(path)) renameSync(path, keptAt)
  renameSync(salvagedOf(path), path)
  return keptAt
}

const salvagedOf = (path: string) => `${path}-salvaged`

function freeName(path: string): string {
  let n = 1
  while (existsSync(`${path}-damaged-${n}`)) n++
  return `${path}-damaged-${n}`
}

/**
 * What can be read: first of the file under the log's pages that are whole, then of its other pages, which may hold whole
 * rows all the same, then of the file by itself. Of a row with several versions all are kept: they are joined when read.
 */
function salvagedRows(path: string): Row[] {
  const file = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const frames = existsSync(walOf(path)) ? framesOf(readFileSync(walOf(path))) : []
  const pageSize = frames[0]?.data.length ?? pageSizeOf(file)
  const versionsById = new Map<string, Uint8Array[]>()
  const add = (id: string, data: Uint8Array) => {
    const versions = versionsById.get(id) ?? []
    if (!versions.some(version => Buffer.from(version).equals(data))) versions.push(Uint8Array.from(data))
    versionsById.set(id, versions)
  }
  readRows(
    laidOver(
      file,
      frames.filter(({ isWhole }) => isWhole),
      pageSize,
    ),
    pageSize,
    add,
  )
  if (frames.some(({ isWhole }) => !isWhole)) readRows(laidOver(file, frames, pageSize), pageSize, add)
  const known = new Set(versionsById.keys())
  readRows(file, pageSize, (id, data) => {
    if (!known.has(id)) add(id, data)
  })
  return [...versionsById].flatMap(([id, versions]) =>
    versions.map((data, n) => ({ id: n === 0 ? id : `${id}+${n}`, data })),
  )
}

/** No damage makes a file this much larger than it is. */
const FOREIGN_PAGES = 1_000

function laidOver(
  file: Buffer,
  frames: readonly { readonly page: number; readonly data: Uint8Array }[],
  pageSize: number,
): Buffer {
  const most = Math.ceil(file.length / pageSize) + frames.length + FOREIGN_PAGES
  const sound = frames.filter(({ page }) => page >= 1 && page <= most)
  const pageCount = sound.reduce(
    (count, { page }) => Math.max(count, page),
    Math.ceil(file.length / pageSize),
  )
  const image = Buffer.alloc(pageCount * pageSize)
  file.copy(image)
  for (const { page, data } of sound) image.set(data, (page - 1) * pageSize)
  return image
}
