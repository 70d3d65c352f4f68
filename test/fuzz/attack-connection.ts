// Connections of an attacker: they know when the server is done with a frame, since it echoes awareness to its sender.
import {
  CHANNELS_SUBPROTOCOL,
  type ChannelFrame,
  DURABLE_SUBPROTOCOL,
  decodeChannelFrame,
  decodeMessage,
  encodeChannelFrame,
  encodeMessage,
  type Message,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { WebSocket } from 'ws'

/** Whom and what to attack. */
export interface Target {
  readonly url: string
  readonly document: string
  readonly accessToken: string
  /** A token of another person, to be used in the wrong place. */
  readonly othersToken: string
}

/** After this long without an answer a frame counts as one that the server hung on. */
const ANSWER_WITHIN_MS = 20_000
/** The channel that frames are sent in, where there are channels. */
export const ATTACKED_CHANNEL = 1

/** A connection to the attacked document. */
export abstract class AttackConnection {
  protected readonly socket: WebSocket
  protected closeCode: number | undefined
  #echo = 0
  #sent = 0
  #wake: () => void = () => undefined

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => this.receive(data))
    socket.on('error', () => undefined)
    socket.on('close', code => this.closed(code))
  }

  protected abstract receive(data: Uint8Array): void
  /** Sends a frame of the document, be it good or bad. */
  protected abstract sendFrame(data: Uint8Array | string): void

  /** Sends a frame. Resolves with the close code, or with nothing when the connection stands and need not close. */
  async send(data: Uint8Array | string, closes: boolean): Promise<number | undefined> {
    this.sendFrame(data)
    return await this.answered(closes)
  }

  /** Resolves when everything sent so far is dealt with. */
  protected async answered(closes: boolean): Promise<number | undefined> {
    const echo = ++this.#sent
    this.sendFrame(encodeMessage({ type: 'awareness', update: markOf(echo) }))
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The server did not answer')), ANSWER_WITHIN_MS)
      this.#wake = () => {
        if (this.closeCode === undefined && (closes || this.#echo < echo)) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake()
    })
    return this.closeCode
  }

  async end(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return
    const gone = new Promise(resolve => this.socket.once('close', resolve))
    this.socket.terminate()
    await gone
  }

  protected closed(code: number): void {
    this.closeCode ??= code
    this.#wake()
  }

  protected onMessage(message: Message): void {
    if (message.type !== 'awareness') return
    const echo = numberOf(message.update)
    if (echo === undefined) return
    this.#echo = echo
    this.#wake()
  }
}

/** A socket of the document's own. */
export class OwnSocket extends AttackConnection {
  static async open(target: Target, beginsProperly: boolean): Promise<OwnSocket> {
    const query = beginsProperly ? '?mode=open&generation=1' : ''
    const socket = await connected(target, `/${target.document}${query}`, DURABLE_SUBPROTOCOL)
    const connection = new OwnSocket(socket)
    if (beginsProperly) connection.sendFrame(STEP_1)
    return connection
  }

  protected receive(data: Uint8Array): void {
    this.onMessage(decodeMessage(data))
  }

  protected sendFrame(data: Uint8Array | string): void {
    this.socket.send(data)
  }
}

/** A channel, on a socket that the attacker may abuse too. */
export class OwnChannel extends AttackConnection {
  static async open(target: Target, beginsProperly: boolean): Promise<OwnChannel> {
    const query = beginsProperly ? '?mode=open&generation=1' : ''
    const connection = new OwnChannel(await connected(target, '', CHANNELS_SUBPROTOCOL))
    connection.#sendChannelFrame({ type: 'open', channel: ATTACKED_CHANNEL, target: target.document + query })
    if (beginsProperly) connection.sendFrame(STEP_1)
    return connection
  }

  /** Sends a message to the socket, past the channel. */
  async sendToSocket(messages: readonly Uint8Array[]): Promise<number | undefined> {
    for (const message of messages) this.socket.send(message)
    return await this.answered(false)
  }

  protected receive(data: Uint8Array): void {
    const frame = decodeChannelFrame(data)
    if (frame.channel !== ATTACKED_CHANNEL) return
    if (frame.type === 'data') this.onMessage(decodeMessage(frame.bytes))
    if (frame.type === 'close') this.closed(frame.code)
  }

  protected sendFrame(data: Uint8Array | string): void {
    if (typeof data === 'string') this.socket.send(data)
    else this.#sendChannelFrame({ type: 'data', channel: ATTACKED_CHANNEL, bytes: data })
  }

  #sendChannelFrame(frame: ChannelFrame): void {
    this.socket.send(encodeChannelFrame(frame))
  }
}

const STEP_1 = encodeMessage({ type: 'step1', stateVector: new Uint8Array([0]) })

async function connected(
  { url, accessToken }: Target,
  path: string,
  subprotocol: string,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/sync${path}`, [
    subprotocol,
    TOKEN_SUBPROTOCOL_PREFIX + accessToken,
  ])
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

const MARK = 'echo '
const markOf = (number: number): Uint8Array => Buffer.from(MARK + number)

function numberOf(update: Uint8Array): number | undefined {
  const text = Buffer.from(update).toString('latin1')
  return text.startsWith(MARK) ? Number(text.slice(MARK.length)) : undefined
}
