// Edits as Yjs updates, made before they are sent, so that making them is not measured.
import { keyOf, RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'

/** What is written: text as in an editor, or this project's votes, which its server also projects into tables. */
export type PayloadKind = 'text' | 'votes'

/** Updates of one writer, each following from the one before. The same for every document: they are separate. */
export interface Payload {
  /** Update number `n`, from 0. */
  update(n: number): Uint8Array
}

const CLIENT_ID = 0x5eed5eed
/** Makes an update of about 25 bytes. */
const TYPED = 'words'
const BILLS = 200
const NOW_MS = Date.UTC(2026, 5, 15)

/** Makes a sequence of edits; it grows as it is asked for. */
export function createPayload(kind: PayloadKind): Payload {
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.clientID = CLIENT_ID
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const edit = kind === 'text' ? typing(doc) : voting(doc)
  return {
    update(n) {
      while (updates.length <= n) edit(updates.length)
      return updates[n] as Uint8Array
    },
  }
}

function typing(doc: Y.Doc): (n: number) => void {
  const text = doc.getText('text')
  return () => text.insert(text.length, TYPED)
}

/** Votes on one bill after the other, then again: each write deletes what it supersedes. */
function voting(doc: Y.Doc): (n: number) => void {
  const registers = new RegisterArray(doc)
  return n => registers.write([vote(n, n % BILLS)])
}

function vote(n: number, bill: number) {
  const votedAt = new Date(NOW_MS + n * 1000).toISOString()
  return {
    key: keyOf(`hr${bill + 1}-118`),
    stamp: (NOW_MS + n) * 1024,
    device: 'benchdev',
    value: { choice: n % 2 ? 'yes' : 'no', votedAt },
  }
}

/** A document of so many votes as one update: each on a bill of its own, `perSession` by the same Yjs client. */
export function votesUpdate(count: number, perSession = count): Uint8Array {
  const doc = new Y.Doc()
  const registers = new RegisterArray(doc)
  for (let start = 0; start < count; start += perSession) {
    doc.clientID = 1_000_000_000 + start
    registers.write(Array.from({ length: perSession }, (_, n) => vote(start + n, start + n)))
  }
  return Y.encodeStateAsUpdate(doc)
}

/** A text of so many bytes as one update: made-up words, so that it compresses about as prose does. */
export function proseUpdate(bytes: number): Uint8Array {
  const random = seededRandom(20_260_615)
  const letters = 'etaoinshrdlucmfwypvbgkjqxz'
  const letter = () => letters[Math.floor(random() ** 2 * letters.length)] ?? 'e'
  const words = Array.from({ length: 4_000 }, () =>
    Array.from({ length: 2 + Math.floor(random() * 8) }, letter).join(''),
  )
  let prose = ''
  while (prose.length < bytes) prose += `${words[Math.floor(random() ** 3 * words.length)]} `
  const doc = new Y.Doc()
  doc.getText('text').insert(0, prose.slice(0, bytes))
  return Y.encodeStateAsUpdate(doc)
}

/** So many edits of a text at random places, as an author jumps about: what Yjs cannot merge into runs. */
export function scatteredUpdates(count: number): Uint8Array[] {
  const random = seededRandom(20_260_616)
  const updates: Uint8Array[] = []
  const doc = new Y.Doc()
  doc.clientID = CLIENT_ID
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const text = doc.getText('text')
  for (let n = 0; n < count; n++) text.insert(Math.floor(random() * (text.length + 1)), TYPED)
  return updates
}

/** How far a state has come: the clock of the one writer above. */
export function clockOf(update: Uint8Array): number {
  return Y.decodeStateVector(Y.encodeStateVectorFromUpdate(update)).get(CLIENT_ID) ?? 0
}

/** How many edits of `text` a clock stands for. */
export const editsAt = (clock: number): number => clock / TYPED.length

/** mulberry32: the same text in every run. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
