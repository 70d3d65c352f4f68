// A year of one person, written as a device writes it: some days a week, each day a session with a Yjs client id of its own.
import { type JsonValue, keyOf, RegisterArray } from '@workforce-democracy/shared'
import type { RawClient } from '../../support/raw-client.ts'
import { connectSynced, received } from '../../support/register-writer.ts'

/** Active days a year: about two a week. */
export const ACTIVE_DAYS = 100
/** What is written; each opened once a day. */
export const DOCUMENTS = ['votes', 'progress', 'bookmarks'] as const
const RESOURCES_A_DAY = 2
/** A resource is reported on so often while it is worked through. */
const REPORTS_A_RESOURCE = 3
const DEVICE = 'benchdev'
const FIRST_DAY_MS = Date.UTC(2026, 0, 1)
const DAY_MS = 24 * 60 * 60 * 1000

type Write = readonly [key: string, value: JsonValue]

/** What one day brings to each document. */
function writesOf(day: number): Readonly<Record<(typeof DOCUMENTS)[number], readonly Write[]>> {
  const at = new Date(FIRST_DAY_MS + day * 3 * DAY_MS).toISOString()
  const votes = Array.from(
    { length: 1 + (day % 2) },
    (_, n): Write => [keyOf(`hr${day * 2 + n + 1}-119`), { choice: n ? 'no' : 'yes', votedAt: at }],
  )
  const progress: Write[] = []
  for (let resource = 0; resource < RESOURCES_A_DAY; resource++) {
    const id = resourceId(day * RESOURCES_A_DAY + resource)
    for (let report = 1; report <= REPORTS_A_RESOURCE; report++) {
      const percent = Math.round((100 * report) / REPORTS_A_RESOURCE)
      progress.push([keyOf('seen', id, DEVICE), { percent, seconds: report * 60, viewedAt: at }])
      progress.push([
        keyOf('day', at.slice(0, 10), DEVICE),
        { seconds: report * 60, resources: resource + 1 },
      ])
    }
  }
  const isThird = day % 3 === 0
  if (isThird) progress.push([keyOf('rating', resourceId(day * RESOURCES_A_DAY)), { rating: 4, ratedAt: at }])
  const bookmarks: readonly Write[] = isThird
    ? [[keyOf('resource', resourceId(day * RESOURCES_A_DAY)), { addedAt: at }]]
    : []
  return { votes, progress, bookmarks }
}

/** Lives some days of the year. Returns the number of writes. */
export async function live(url: string, accessToken: string, days: number): Promise<number> {
  let writes = 0
  let stamp = 0
  for (let day = 0; day < days; day++) {
    for (const [document, ofDocument] of Object.entries(writesOf(day))) {
      await using client = await connectSynced(url, accessToken, { document, query: '?mode=open' })
      const registers = registersOver(client)
      for (const [key, value] of ofDocument) registers.write([{ key, stamp: ++stamp, device: DEVICE, value }])
      writes += ofDocument.length
      await client.durable(ofDocument.length)
    }
  }
  return writes
}

function registersOver(client: RawClient): RegisterArray {
  const doc = received(client)
  doc.on('update', (update: Uint8Array) => client.send({ type: 'update', update }))
  return new RegisterArray(doc)
}

const resourceId = (n: number): string => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`
