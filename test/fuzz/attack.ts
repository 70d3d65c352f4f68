// One attack: a sequence of hostile frames at one document, over as many connections as it takes.
import {
  CLOSE_CODES,
  DURABLE_SUBPROTOCOL,
  decodeMessage,
  encodeMessage,
  type Message,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { WebSocket } from 'ws'
import { HostileFrames } from './hostile-frames.ts'
import { Seeded } from './seeded.ts'

/** Whom and what to attack. */
export interface Target {
  readonly url: string
  readonly document: string
  readonly accessToken: string
  /** A token of another person, to be used in the wrong place. */
  readonly othersToken: string
}

/** How often frames of each kind ended how: `taken`, or the code that the server closed with. */
export type Outcomes = Map<string, Map<string, number>>

/** Codes that a hostile frame may be answered with; 4503 is not one: it stands for a failure of the server. */
const ALLOWED_CODES: readonly number[] = [
  CLOSE_CODES.malformed,
  CLOSE_CODES.unauthorized,
  CLOSE_CODES.forbidden,
  CLOSE_CODES.tooLarge,
]

/** After this long without an answer a frame counts as one that the server hung on. */
const ANSWER_WITHIN_MS = 20_000

/**
 * Sends `frames` hostile frames, one after the other.
 *
 * @throws Error when a frame gets no answer, or a close code that it may not get
 */
export async function attack(target: Target, seed: number, frames: number): Promise<Outcomes> {
  const seeded = new Seeded(seed)
  const hostile = new HostileFrames(seeded, target.othersToken)
  const outcomes: Outcomes = new Map()
  let connection: Connection | undefined
  try {
    for (let n = 0; n < frames; n++) {
      const { kind, data, closes } = hostile.next()
      connection ??= await Connection.open(target, seeded.percent(80))
      const code = await connection.send(data, closes)
      if (code !== undefined) connection = undefined
      if (code !== undefined && !ALLOWED_CODES.includes(code)) {
        throw new Error(`Seed ${seed}: frame ${n} (${kind}) was answered with ${code}`)
      }
      count(outcomes, kind, code === undefined ? 'taken' : String(code))
      if (seeded.percent(5)) connection = void (await connection?.end())
    }
  } catch (cause) {
    throw new Error(`The attack of seed ${seed} went wrong`, { cause })
  } finally {
    await connection?.end()
  }
  return outcomes
}

/** Adds one outcome. */
export function count(outcomes: Outcomes, kind: string, outcome: string, by = 1): void {
  const countByOutcome = outcomes.get(kind) ?? new Map<string, number>()
  outcomes.set(kind, countByOutcome)
  countByOutcome.set(outcome, (countByOutcome.get(outcome) ?? 0) + by)
}

/** A connection that knows when the server is done with a frame: it echoes awareness to its sender. */
class Connection {
  readonly #socket: WebSocket
  #closeCode: number | undefined
  #echo = 0
  #sent = 0
  #wake: () => void = () => undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#onMessage(decodeMessage(data)))
    socket.on('error', () => undefined)
    socket.on('close', code => {
      this.#closeCode = code
      this.#wake()
    })
  }

  static async open({ url, document, accessToken }: Target, beginsProperly: boolean): Promise<Connection> {
    const query = beginsProperly ? '?mode=open&generation=1' : ''
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/sync/${document}${query}`, [
      DURABLE_SUBPROTOCOL,
      TOKEN_SUBPROTOCOL_PREFIX + accessToken,
    ])
    const connection = new Connection(socket)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    if (beginsProperly) socket.send(encodeMessage({ type: 'step1', stateVector: new Uint8Array([0]) }))
    return connection
  }

  /** Sends a frame. Resolves with the close code, or with nothing when the connection stands and need not close. */
  async send(data: Uint8Array | string, closes: boolean): Promise<number | undefined> {
    this.#socket.send(data)
    const echo = ++this.#sent
    this.#socket.send(encodeMessage({ type: 'awareness', update: markOf(echo) }))
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The server did not answer')), ANSWER_WITHIN_MS)
      this.#wake = () => {
        if (this.#closeCode === undefined && (closes || this.#echo < echo)) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake()
    })
    return this.#closeCode
  }

  async end(): Promise<void> {
    if (this.#closeCode !== undefined) return
    const closed = new Promise(resolve => this.#socket.once('close', resolve))
    this.#socket.terminate()
    await closed
  }

  #onMessage(message: Message): void {
    if (message.type !== 'awareness') return
    const echo = numberOf(message.update)
    if (echo === undefined) return
    this.#echo = echo
    this.#wake()
  }
}

const MARK = 'echo '
const markOf = (number: number): Uint8Array => Buffer.from(MARK + number)

function numberOf(update: Uint8Array): number | undefined {
  const text = Buffer.from(update).toString('latin1')
  return text.startsWith(MARK) ? Number(text.slice(MARK.length)) : undefined
}
