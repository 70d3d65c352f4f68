// The web app as `npm start` serves it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createPool } from '../../server/src/db/database.ts'
import { runImport } from '../../server/src/import/run-import.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { buildWebApp } from './built-web-app.ts'
import { startTestServer, type TestServer } from './server.ts'
import { createTemporaryDirectory } from './temporary-directory.ts'

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

/** Imports the districts of two ZIP codes, one of which a border runs through, from a file with a line that is none. */
export async function importDistricts({ databases }: Pick<TestServer, 'databases'>): Promise<void> {
  const pool = createPool(databases.databaseUrl, { max: 1 })
  await using directory = await createTemporaryDirectory()
  const from = join(directory.path, 'zip-districts.csv')
  const lines = ['36,NY,10001,12', '36,NY,11101,7', '36,NY,11101,14', '36,New York,1,x']
  await writeFile(from, ['state_fips,state_abbr,zcta,cd', ...lines].join('\n'))
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  try {
    await runImport({ kind: 'districts', from, pool, stdout: nowhere, stderr: nowhere })
  } finally {
    await pool.end()
  }
}
