// A short series of the sealing test; `npm run test:sealing` runs a long one.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { developmentSecrets } from '../../server/src/secrets.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { type RoundOn, runRound, wrongIn } from './round.ts'

let on: RoundOn
const disposables: AsyncDisposable[] = []
/** Goes when all is done. */
const owned = <T extends AsyncDisposable>(made: T): T => {
  disposables.unshift(made)
  return made
}
beforeAll(async () => {
  const databases = owned(await createTestDatabases())
  const { path: dataDir } = owned(await createTemporaryDirectory())
  const server = owned(await startServerProcess({ ...databases, dataDir }))
  on = { server, databases, config: await developmentSecrets(dataDir) }
})
afterAll(async () => {
  for (const each of disposables) await each[Symbol.asyncDispose]()
})

// Of these some end open and some sealed.
test.each([1, 5, 6])(
  '[L13] while the server is killed and devices end, seal and open at once it ends in one mode, with nothing lost or left readable (seed %i)',
  async seed => {
    const outcome = await runRound(on, { seed })
    expect(outcome.saved).toBeGreaterThan(20)
    expect(wrongIn(outcome)).toEqual([])
  },
  120_000,
)
