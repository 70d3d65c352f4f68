// Evolu, which keeps SQLite in the origin's private file system, in a worker.
import { createEvolu, createIdFromString, id, NonEmptyString100, nullOr, SimpleName } from '@evolu/common'
import { evoluWebDeps } from '@evolu/web'
import { billId, offer, type Subject, vote } from './measures.ts'

// It starts its worker by a plain URL.
window.trustedTypes?.createPolicy('default', { createScriptURL: url => url })

const schema = {
  vote: { id: id('Vote'), choice: nullOr(NonEmptyString100), votedAt: nullOr(NonEmptyString100) },
}

async function openEvolu(name: string): Promise<Subject> {
  const evolu = createEvolu(evoluWebDeps)(schema, { name: SimpleName.orThrow(name), transports: [] })
  const failed = new Promise<never>((_, reject) =>
    evolu.subscribeError(() => reject(new Error(JSON.stringify(evolu.getError())))),
  )
  const all = evolu.createQuery(database => database.selectFrom('vote').selectAll())
  const kept = await Promise.race([evolu.loadQuery(all), failed])
  const first = evolu.createQuery(database => database.selectFrom('vote').select('id').limit(1))
  const upsert = (key: number) =>
    new Promise<void>((resolve, reject) => {
      const values = { id: createIdFromString(billId(key)), ...vote() }
      const result = evolu.upsert('vote', values, { onComplete: resolve })
      if (!result.ok) reject(new Error(JSON.stringify(result.error)))
    })
  const write = async (key: number) => {
    await upsert(key)
    // It says that a write is complete before its transaction is. The worker answers this after it.
    await evolu.loadQuery(first)
  }
  return {
    write: key => Promise.race([write(key), failed]),
    size: () => kept.length,
    // It has no way to be closed: it ends with its page.
    close: () => Promise.resolve(),
  }
}

offer({ evolu: openEvolu })
