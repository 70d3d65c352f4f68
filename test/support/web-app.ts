// The web app as `npm start` serves it.
import { createPool } from '../../server/src/db/database.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { buildWebApp } from './built-web-app.ts'
import { startTestServer, type TestServer } from './server.ts'

/** A server with the starter set that serves the app. */
export async function startWithWebApp(): Promise<TestServer> {
  await buildWebApp()
  const server = await startTestServer()
  const pool = createPool(server.databases.databaseUrl, { max: 1 })
  try {
    await importStarter(pool)
  } finally {
    await pool.end()
  }
  return server
}
