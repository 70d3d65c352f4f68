// One import as a process of its own: `import-process.ts <database URL> <kind> <file>`. Ends with a line of JSON.
import { createPool } from '../../server/src/db/database.ts'
import type { ImportKind } from '../../server/src/db/imports.ts'
import { runImport } from '../../server/src/import/run-import.ts'

const [databaseUrl = '', kind = '', from = ''] = process.argv.slice(2)
const pool = createPool(databaseUrl, { max: 2 })
const startedMs = performance.now()
const exitCode = await runImport({
  kind: kind as ImportKind,
  from,
  pool,
  stdout: process.stdout,
  stderr: process.stderr,
})
const seconds = (performance.now() - startedMs) / 1000
console.log(JSON.stringify({ exitCode, seconds, maxRssMiB: process.resourceUsage().maxRSS / 1024 }))
await pool.end()
