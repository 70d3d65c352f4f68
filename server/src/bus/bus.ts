// What servers tell each other: which documents have moved on. Hints only: the log is the truth, and who hears nothing
// looks there by itself (SPEC I2).
import { randomUUID } from 'node:crypto'
import { isDocumentName } from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import type { DocumentRef } from '../db/documents.ts'

/** A document whose log has moved on. */
export interface Advance extends DocumentRef {
  readonly head: number
}

/** Carries texts to all servers, this one included. It may lose, repeat and reorder them. */
export interface Transport extends AsyncDisposable {
  /** Longest text, in bytes. */
  readonly maxTextBytes: number
  /** Rejects while it is away. */
  publish(texts: readonly string[]): Promise<void>
}

/** Opens a transport. `onConnected` is called whenever it can hear (again): what was sent before may be missed. */
export type OpenTransport = (listener: {
  readonly onText: (text: string) => void
  readonly onConnected: () => void
}) => Transport

/** Tells the other servers. */
export interface Bus extends AsyncDisposable {
  /** Announces an advance soon, together with others. Never fails: what is lost is found by looking. */
  announce(advance: Advance): void
}

/** Makes the bus of this server. */
export function createBus(options: {
  readonly open: OpenTransport
  readonly logger: Logger
  /** Called for what other servers announce. */
  readonly onAdvance: (advance: Advance) => void
  /** Called when announcements may have been missed. */
  readonly onGap: () => void
}): Bus {
  const { open, logger, onAdvance, onGap } = options
  // Own announcements come back, too.
  const server = randomUUID().slice(0, 8)
  const waiting = new Map<string, Advance>()
  let publishing: Promise<void> | undefined

  const transport = open({
    onText(text) {
      if (!text.startsWith(server)) decode(text).forEach(onAdvance)
    },
    onConnected: onGap,
  })
  const publish = async () => {
    while (waiting.size > 0) {
      const advances = [...waiting.values()]
      waiting.clear()
      await transport.publish(encode(server, advances, transport.maxTextBytes)).catch(() => {
        logger.debug({ documents: advances.length }, 'announcements were lost')
      })
    }
    publishing = undefined
  }
  return {
    announce(advance) {
      const id = `${advance.personId}/${advance.document}`
      if ((waiting.get(id)?.head ?? 0) < advance.head) waiting.set(id, advance)
      // One is under way at a time, and none holds up a commit.
      publishing ??= publish()
    },
    async [Symbol.asyncDispose]() {
      await publishing
      await transport[Symbol.asyncDispose]()
    },
  }
}

const SEPARATOR = ' '

/** `<server> <person>/<document>:<head> …`, in as many texts as it takes. */
function encode(server: string, advances: readonly Advance[], maxTextBytes: number): readonly string[] {
  const texts: string[] = []
  let text = server
  for (const { personId, document, head } of advances) {
    const entry = `${SEPARATOR}${personId}/${document}:${head}`
    // All of it is ASCII.
    if (text.length + entry.length > maxTextBytes) {
      texts.push(text)
      text = server
    }
    text += entry
  }
  return [...texts, text]
}

const ENTRY = /^([0-9a-f-]{36})\/([a-z]+):(\d+)$/

/** What a text announces; nothing when nobody of us has written it. */
function decode(text: string): readonly Advance[] {
  const [, ...entries] = text.split(SEPARATOR)
  return entries.flatMap((entry): Advance[] => {
    const [, personId = '', document = '', head] = ENTRY.exec(entry) ?? []
    return isDocumentName(document) ? [{ personId, document, head: Number(head) }] : []
  })
}
