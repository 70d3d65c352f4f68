// What Postgres alone takes: the same payloads, inserted in batches by `pg`, with nothing around it.
import type { Bench } from './bench.ts'
import { createPayload } from './payloads.ts'

const BATCHES = [1, 50, 200] as const

/** Updates a second by size of batch, one commit in flight. */
export type Floor = Readonly<Record<(typeof BATCHES)[number], number>>

/** Inserts through one connection. */
export async function measureFloor({ data, size }: Bench): Promise<Floor> {
  await data.query('create table floor_updates (position bigserial primary key, data bytea not null)')
  const payload = createPayload('text')
  const floor = { 1: 0, 50: 0, 200: 0 }
  for (const batch of BATCHES) {
    const updates = Array.from({ length: batch }, (_, n) => Buffer.from(payload.update(n)))
    const startMs = performance.now()
    let inserted = 0
    while (performance.now() - startMs < size.floorMs) {
      await data.query({
        name: 'floor',
        text: 'insert into floor_updates (data) select * from unnest($1::bytea[])',
        values: [updates],
      })
      inserted += batch
    }
    floor[batch] = (inserted * 1000) / (performance.now() - startMs)
  }
  return floor
}
