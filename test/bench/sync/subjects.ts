// The servers that are compared: how each is started and addressed.
import {
  DURABLE_SUBPROTOCOL,
  OPENABLE_DOCUMENTS,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { registerPeople } from '../../support/people.ts'
import type { Bench } from './bench.ts'
import { type BenchProcess, startProcess } from './calls.ts'
import type { Target } from './load-client.ts'
import type { PayloadKind } from './payloads.ts'
import type { SelfMeasurement } from './self-measurement.ts'

/** What every server process answers. */
export type ServerHandlers = SelfMeasurement & { url(argument: undefined): string }

/** A document that the server may or may not have yet. It stays the same when the server is started again. */
export interface BenchDocument {
  readonly name: string
  readonly token?: string
}

/** A server that runs. */
export interface RunningSubject extends AsyncDisposable {
  readonly process: BenchProcess<ServerHandlers>
  readonly url: string
  /** New documents; where there are people, people of their own. */
  makeDocuments(count: number, kind: PayloadKind): Promise<BenchDocument[]>
  targetOf(document: BenchDocument): Target
  /** Where a document is watched; where it is written, unless it says otherwise. */
  watcherOf?(document: BenchDocument): Target
  /** Seconds of processor that its processes have used. */
  cpuSeconds(): Promise<number>
}

/** How a server is started. */
export interface StartOptions {
  /** Whether one connection may send as fast as it can. This project's server limits that otherwise. */
  readonly unlimited?: boolean
  /** How long Hocuspocus waits for further updates before it stores; its own default otherwise. */
  readonly debounceMs?: number
}

/** A server to compare. */
export interface Subject {
  readonly name: 'workforce-democracy' | 'hocuspocus' | 'y-websocket'
  start(bench: Bench, options?: StartOptions): Promise<RunningSubject>
}

const UNLIMITED = { messagesPerSecond: 1e6, messageBurst: 1e6, updateBytes: 8 * 1024 * 1024 }

let lastDocument = 0

export const workforceDemocracy: Subject = {
  name: 'workforce-democracy',
  async start(bench, { unlimited } = {}) {
    const child = await startServerChild(bench, {
      ...(unlimited && { BENCH_LIMITS: JSON.stringify(UNLIMITED) }),
    })
    const url = await child.call('url', undefined)
    return {
      process: child,
      url,
      makeDocuments: (count, kind) =>
        makeDocuments(url, count, kind === 'votes' ? ['votes'] : OPENABLE_DOCUMENTS),
      targetOf: document => openDocumentTarget(url, document),
      cpuSeconds: () => child.call('cpuSeconds', undefined),
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    }
  },
}

/** Starts a server of this project; those of one benchmark share their secrets. */
export function startServerChild(
  { postgres, dataDir }: Pick<Bench, 'postgres' | 'dataDir'>,
  env: Readonly<Record<string, string>>,
): Promise<BenchProcess<ServerHandlers>> {
  return startProcess<ServerHandlers>(new URL('workforce-democracy-child.ts', import.meta.url).href, {
    PORT: '0',
    DATA_DIR: dataDir,
    REQUIRE_EMAIL: 'false',
    LIMIT_ATTEMPTS_PER_ADDRESS: '1000000',
    DATABASE_URL: postgres.databaseUrl,
    KEYS_DATABASE_URL: postgres.keysDatabaseUrl,
    ...env,
  })
}

/** Where this project's server has an open document. */
export function openDocumentTarget(url: string, { name, token }: BenchDocument): Target {
  return {
    url: `${url.replace('http', 'ws')}/api/sync/${name}?mode=open`,
    protocols: [DURABLE_SUBPROTOCOL, STOCK_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token],
    documentName: undefined,
    acknowledges: 'durable',
  }
}

/** A person has each of these documents; as many people sign up as it takes. */
export async function makeDocuments(
  url: string,
  count: number,
  names: readonly string[],
): Promise<BenchDocument[]> {
  const people = await registerPeople(url, Math.ceil(count / names.length))
  const documents = people.flatMap(({ accessToken }) => names.map(name => ({ name, token: accessToken })))
  return documents.slice(0, count)
}

export const hocuspocus: Subject = {
  name: 'hocuspocus',
  async start({ postgres }, { debounceMs } = {}) {
    const child = await startProcess<ServerHandlers>('hocuspocus-child.ts', {
      DATABASE_URL: postgres.databaseUrl,
      ...(debounceMs !== undefined && { BENCH_DEBOUNCE_MS: String(debounceMs) }),
    })
    return peer(child, ({ name }, url) => ({ url, protocols: [], documentName: name, acknowledges: 'saved' }))
  },
}

export const yWebsocket: Subject = {
  name: 'y-websocket',
  async start() {
    const child = await startProcess<ServerHandlers>('y-websocket-child.ts')
    return peer(child, ({ name }, url) => ({
      url: `${url}/${name}`,
      protocols: [],
      documentName: undefined,
      acknowledges: 'never',
    }))
  },
}

/** A server without people, where a document is made by its first connection. */
async function peer(
  child: BenchProcess<ServerHandlers>,
  targetAt: (document: BenchDocument, webSocketUrl: string) => Target,
): Promise<RunningSubject> {
  const url = await child.call('url', undefined)
  return {
    process: child,
    url,
    makeDocuments: async count =>
      Array.from({ length: count }, () => ({ name: `document-${++lastDocument}` })),
    targetOf: document => targetAt(document, url.replace('http', 'ws')),
    cpuSeconds: () => child.call('cpuSeconds', undefined),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}
