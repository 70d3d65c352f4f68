// A soak: many idle connections and some active ones on the real server process, and what it takes over time.
import { readFile } from 'node:fs/promises'
import { OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import { startProcess } from '../bench/sync/calls.ts'
import type { Target } from '../bench/sync/load-client.ts'
import type { Latency } from '../bench/sync/statistics.ts'
import { openDocumentTarget } from '../bench/sync/subjects.ts'
import { call, registerPeople } from '../support/people.ts'
import type { ServerProcess } from '../support/server-process.ts'
import type { ClientsHandlers } from './clients-child.ts'

/** What a soak consists of. */
export interface SoakOptions {
  /** Connections that send nothing: as many as there are active ones listen to those, the others have documents of their own. */
  readonly idle: number
  /** Connections that write, each to a document of its own. */
  readonly active: number
  readonly durationMs: number
  /** Between two rows. */
  readonly intervalMs: number
}

/** The server at the end of an interval, and what it did in it. */
export interface SoakRow {
  readonly seconds: number
  readonly residentBytes: number
  readonly heapBytes: number
  /** Open connections, as the server counts them. */
  readonly connections: number
  readonly acknowledged: number
  readonly latency: Latency
}

/** How a soak went. */
export interface SoakReport {
  readonly rows: readonly SoakRow[]
  /** The most that ever was resident, from the server's start. */
  readonly peakResidentBytes: number
  /** Why connections ended, before the end. */
  readonly lost: readonly string[]
  readonly sent: number
  readonly acknowledged: number
  /** Documents in which something acknowledged is missing at the end. */
  readonly incompleteDocuments: number
}

/** Who is told how it goes. */
export interface SoakListener {
  readonly onPhase?: (what: string) => void
  readonly onRow?: (row: SoakRow) => void
}

/** Of each active connection: somebody who votes without a pause. */
const WRITES_PER_SECOND = 2
/** So few that their tokens are still good when they connect. */
const COMING_AT_ONCE = 1_000
const DRAIN_MS = 30_000

/** Soaks a server that is up. */
export async function soak(
  server: ServerProcess,
  options: SoakOptions,
  { onPhase, onRow }: SoakListener = {},
): Promise<SoakReport> {
  const { idle, active, durationMs, intervalMs } = options
  const clients = new URL('clients-child.ts', import.meta.url).href
  await using generator = await startProcess<ClientsHandlers>(clients)
  onPhase?.('idle connections')
  for (let left = idle - active; left > 0; left -= COMING_AT_ONCE) {
    const own = await makeDocuments(server.url, Math.min(left, COMING_AT_ONCE))
    await generator.call('connectIdle', { targets: own.map(({ target }) => target()) })
  }
  onPhase?.('active connections')
  const documents = await makeDocuments(server.url, active)
  const targets = documents.map(({ target }) => target())
  await generator.call('connectWriters', { targets })
  await generator.call('connectListeners', { targets: targets.slice(0, idle) })
  onPhase?.('backlogs')
  await generator.call('writeBacklogs', undefined)

  onPhase?.('soaking')
  await generator.call('startWriting', { perSecond: active * WRITES_PER_SECOND })
  const rows: SoakRow[] = []
  const startMs = performance.now()
  while (performance.now() - startMs < durationMs) {
    await new Promise(resolve => setTimeout(resolve, intervalMs))
    const seconds = (performance.now() - startMs) / 1000
    const row = { seconds, ...(await look(server)), ...(await generator.call('interval', undefined)) }
    rows.push(row)
    onRow?.(row)
  }
  const { VmHWM: peakResidentBytes } = await readMemory(server.pid)
  const written = await generator.call('stop', { drainMs: DRAIN_MS })
  const lost = [...written.lost]

  onPhase?.('reading everything again')
  for (const document of documents) await document.renew()
  const incompleteDocuments = await generator.call('incomplete', {
    targets: documents.map(({ target }) => target()),
  })
  await generator.call('closeAll', undefined)
  return { rows, peakResidentBytes, ...written, lost, incompleteDocuments }
}

interface SoakDocument {
  target(): Target
  /** Gets a new token: one is good for ten minutes. */
  renew(): Promise<void>
}

/** A person has each of the documents that can be open. */
async function makeDocuments(url: string, count: number): Promise<SoakDocument[]> {
  const people = await registerPeople(url, Math.ceil(count / OPENABLE_DOCUMENTS.length))
  return people
    .flatMap(({ accessToken, refreshToken }) => {
      let token = accessToken
      let renewing: Promise<void> | undefined
      const renew = async () => {
        const { body } = await call(url, 'POST', '/api/auth/refresh-token', { body: { refreshToken } })
        token = body.accessToken
      }
      return OPENABLE_DOCUMENTS.map(name => ({
        target: () => openDocumentTarget(url, { name, token }),
        renew: () => (renewing ??= renew()),
      }))
    })
    .slice(0, count)
}

async function look({ url, pid }: ServerProcess) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const gauge = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  const { VmRSS } = await readMemory(pid)
  return { residentBytes: VmRSS, heapBytes: gauge('wd_heap_bytes'), connections: gauge('wd_sockets') }
}

/** What Linux tells of a process, in bytes: resident now, and at most since its start. */
async function readMemory(pid: number): Promise<{ VmRSS: number; VmHWM: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { VmRSS: bytes('VmRSS'), VmHWM: bytes('VmHWM') }
}
