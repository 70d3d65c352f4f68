// Several instances of this project's server on one Postgres, measured as one subject.

import { OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import type { BenchProcess } from '../sync/calls.ts'
import {
  type BenchDocument,
  makeDocuments,
  openDocumentTarget,
  type RunningSubject,
  type ServerHandlers,
  type Subject,
  startServerChild,
} from '../sync/subjects.ts'

/** What carries word between instances. */
export type BenchBus = 'postgres' | 'redis' | 'none'

/** What is started. */
export interface InstancesOptions {
  readonly count: number
  readonly bus: BenchBus
  readonly redisUrl?: string | undefined
  /** Whether a document is watched on another instance than it is written on. */
  readonly across?: boolean
}

/** Documents are spread over the instances, each written through one of them. */
export function instances({ count, bus, redisUrl, across = false }: InstancesOptions): Subject {
  return {
    name: 'workforce-democracy',
    async start(bench): Promise<RunningSubject> {
      const env = {
        ...(bus === 'redis' && redisUrl && { REDIS_URL: redisUrl }),
        ...(bus === 'none' && { BENCH_BUS: 'none' }),
      }
      const children: BenchProcess<ServerHandlers>[] = []
      for (let n = 0; n < count; n++) children.push(await startServerChild(bench, env))
      const urls = await Promise.all(children.map(child => child.call('url', undefined)))
      const numberByDocument = new Map<BenchDocument, number>()
      const at = (document: BenchDocument, further: number) => {
        const number = (numberByDocument.get(document) ?? 0) + further
        return openDocumentTarget(urls[number % count] ?? '', document)
      }
      const [first] = children
      if (!first) throw new Error('There must be one.')
      return {
        process: first,
        url: urls[0] ?? '',
        async makeDocuments(most, kind) {
          const names = kind === 'votes' ? ['votes'] : OPENABLE_DOCUMENTS
          const documents = await makeDocuments(urls[0] ?? '', most, names)
          for (const [n, document] of documents.entries()) numberByDocument.set(document, n)
          return documents
        },
        targetOf: document => at(document, 0),
        watcherOf: document => at(document, across ? 1 : 0),
        async cpuSeconds() {
          const seconds = await Promise.all(children.map(child => child.call('cpuSeconds', undefined)))
          return seconds.reduce((sum, each) => sum + each, 0)
        },
        async [Symbol.asyncDispose]() {
          for (const child of children) await child[Symbol.asyncDispose]()
        },
      }
    },
  }
}
