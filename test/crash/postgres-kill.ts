// SIGKILL for the Postgres of a server process, which ends the server too.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'

/** Kills the postmaster that runs on a data directory, and waits until its server has noticed. */
export async function killPostgres(server: ServerProcess, dataDir: string): Promise<void> {
  const [pid] = (await readFile(join(dataDir, 'postgres/pgdata/postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  // It may have been stopped before.
  process.kill(server.pid, 'SIGCONT')
  await until(() => server.exitCode !== null, 60_000)
}
