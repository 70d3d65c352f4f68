// The order in which Yjs takes in the structs of an update: each after all that it rests on (SPEC P10).
import * as Y from 'yjs'
import type { DecodedUpdate } from './decoded-update.ts'

type Struct = DecodedUpdate['structs'][number]

/** The structs of one client, and how far they are taken in. */
interface Queue<S> {
  readonly structs: S[]
  taken: number
  /** Whether it waits for another queue, which would wait for ever if it in turn waited for this one. */
  waits: boolean
}

/** The elements that an item rests on, besides what its own client wrote before it. */
export function referencesOf(struct: Struct): Y.ID[] {
  if (!(struct instanceof Y.Item)) return []
  return [struct.origin, struct.rightOrigin, struct.parent].filter(reference => reference instanceof Y.ID)
}

/**
 * Structs in an order in which each comes after all that it rests on, `undefined` when they wait for each other in a
 * circle. All that they rest on must be in the document, which `endOf` knows, or among them.
 */
export function inDependencyOrder<S extends Struct>(
  structs: readonly S[],
  endOf: (client: number) => number,
): readonly S[] | undefined {
  if (structs.length < 2) return structs
  const queueByClient = queuesOf(structs)
  if (queueByClient.size < 2) return structs
  const ordered: S[] = []
  for (const first of queueByClient.values()) {
    const waiting = [first]
    for (let queue = waiting.at(-1); queue; queue = waiting.at(-1)) {
      const struct = queue.structs[queue.taken]
      const missing = struct && missingQueue(struct, queueByClient, endOf)
      if (missing?.waits) return undefined
      if (missing) {
        queue.waits = true
        waiting.push(missing)
        continue
      }
      if (struct) {
        ordered.push(struct)
        queue.taken++
      }
      // Who waited looks again after every step, so that no queue is taken further than it is needed.
      if (!struct || waiting.length > 1) {
        waiting.pop()
        const waiter = waiting.at(-1)
        if (waiter) waiter.waits = false
      }
    }
  }
  return ordered
}

function queuesOf<S extends Struct>(structs: readonly S[]): Map<number, Queue<S>> {
  const queueByClient = new Map<number, Queue<S>>()
  for (const struct of structs) {
    const { client } = struct.id
    const queue = queueByClient.get(client)
    if (queue) queue.structs.push(struct)
    else queueByClient.set(client, { structs: [struct], taken: 0, waits: false })
  }
  return queueByClient
}

/** The queue that holds what `struct` rests on and that has not come so far yet. */
function missingQueue<S extends Struct>(
  struct: S,
  queueByClient: ReadonlyMap<number, Queue<S>>,
  endOf: (client: number) => number,
): Queue<S> | undefined {
  for (const { client, clock } of referencesOf(struct)) {
    const queue = client === struct.id.client ? undefined : queueByClient.get(client)
    if (queue && clock >= endOf(client) && clock >= reached(queue)) return queue
  }
  return undefined
}

function reached({ structs, taken }: Queue<Struct>): number {
  return structs[taken]?.id.clock ?? Number.POSITIVE_INFINITY
}
