// The web app as `npm start` serves it: built from the sources, unless it is already.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createPool } from '../../server/src/db/database.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { startTestServer, type TestServer } from './server.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A server with the starter set that serves the app. */
export async function startWithWebApp(): Promise<TestServer> {
  const build = ['--import', 'tsx', 'client-sdk/example/build.ts']
  await promisify(execFile)(process.execPath, build, { cwd: ROOT })
  const server = await startTestServer()
  const pool = createPool(server.databases.databaseUrl, { max: 1 })
  try {
    await importStarter(pool)
  } finally {
    await pool.end()
  }
  return server
}
