// Told by a line on its input, opens a store and casts votes as fast as it can, printing each bill id once it is
// saved, until it is killed.
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { createSqliteStore } from '@workforce-democracy/client/node'
import { openTestClient } from './clients.ts'

const [path = '', round = ''] = process.argv.slice(2)
await once(process.stdin, 'data')
const client = await openTestClient({ storage: createSqliteStore({ path }) })
writeSync(1, 'ready\n')

async function castForEver(lane: number): Promise<void> {
  for (let n = 0; ; n++) {
    const billId = `gb:round${round}-lane${lane}-${n}`
    await client.votes.cast(billId, 'yes', { billName: `Made-up act ${n}` })
    writeSync(1, `${billId}\n`)
  }
}
await Promise.all([0, 1, 2, 3].map(castForEver))
