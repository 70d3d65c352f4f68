// One WebSocket of the load generator: a client that keeps no document, only counts.
import { WebSocket } from 'ws'
import { authFrame, emptyStep2Frame, framePrefix, readFrame, step1Frame } from './frames.ts'

/** Where a client connects, and what its server speaks. */
export interface Target {
  readonly url: string
  readonly protocols: readonly string[]
  /** Goes before each frame, for servers that want it. */
  readonly documentName: string | undefined
  /** How the server says that it has an update: a count of what is durable, a message an update, or not at all. */
  readonly acknowledges: 'durable' | 'saved' | 'never'
}

/** A connected client. */
export class LoadClient {
  readonly prefix: Uint8Array
  /** Called for each update that another client made. */
  onRelay: () => void = () => undefined
  /** Called when more of this client's updates are acknowledged, with their number since it connected. */
  onAcknowledged: (count: number) => void = () => undefined
  /** Called when the connection ends unasked. One that is lost in the middle of a measurement makes it worthless. */
  onLost: (error: Error) => void = error => {
    throw error
  }
  /** What the server sent of the document before this client was ready. */
  readonly content: Uint8Array[] = []
  /** When the answer to its step 1 was complete, on this process's monotonic clock. */
  answeredAtMs = Number.NaN
  readonly #socket: WebSocket
  readonly #target: Target
  #wasAsked = false
  #wasAnswered = false
  /** Of the step 2 that every client sends, and of updates. */
  #acknowledged = 0
  #ready: (() => void) | undefined
  #failed: ((error: Error) => void) | undefined
  #isClosing = false

  private constructor(target: Target) {
    this.#target = target
    this.prefix = framePrefix(target.documentName)
    this.#socket = new WebSocket(target.url, [...target.protocols], { perMessageDeflate: false })
    this.#socket.on('open', () => {
      if (target.documentName !== undefined) this.#socket.send(authFrame(this.prefix))
      this.#socket.send(step1Frame(this.prefix))
    })
    this.#socket.on('message', (frame: Buffer) => this.#receive(frame))
    this.#socket.on('error', error => this.#fail(error))
    this.#socket.on('close', code => this.#fail(new Error(`closed ${code}`)))
  }

  /** Connects; resolves when both sides have what the other had. */
  static connect(target: Target): Promise<LoadClient> {
    return new Promise((resolve, reject) => {
      const client = new LoadClient(target)
      client.#ready = () => resolve(client)
      client.#failed = reject
    })
  }

  get acknowledges(): boolean {
    return this.#target.acknowledges !== 'never'
  }

  /** How many updates of this client are acknowledged. */
  get acknowledged(): number {
    return Math.max(0, this.#acknowledged - 1)
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame)
  }

  /** Closes; resolves at once where the connection was lost. */
  async close(): Promise<void> {
    this.#isClosing = true
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise<void>(resolve => this.#socket.once('close', () => resolve()))
    this.#socket.close()
    await closed
  }

  #receive(frame: Buffer): void {
    const incoming = readFrame(frame, this.prefix.length)
    switch (incoming.type) {
      case 'step1':
        this.#wasAsked = true
        this.#socket.send(emptyStep2Frame(this.prefix))
        break
      case 'step2':
      case 'update':
        if (incoming.type === 'step2' && !this.#wasAnswered) {
          this.#wasAnswered = true
          this.answeredAtMs = performance.now()
        }
        if (this.#ready) this.content.push(incoming.update)
        else this.onRelay()
        break
      case 'durable':
        this.#acknowledge(incoming.count)
        break
      case 'saved':
        this.#acknowledge(this.#acknowledged + 1)
    }
    if (this.#ready) this.#becomeReady()
  }

  #acknowledge(count: number): void {
    if (count === this.#acknowledged) return
    this.#acknowledged = count
    // The first is the step 2, after which the client is ready.
    if (count > 1) this.onAcknowledged(count - 1)
  }

  #becomeReady(): void {
    const isHeard = this.#target.acknowledges === 'never' || this.#acknowledged > 0
    if (!this.#wasAsked || !this.#wasAnswered || !isHeard) return
    this.#ready?.()
    this.#ready = undefined
  }

  #fail(error: Error): void {
    if (this.#isClosing) return
    if (this.#ready) this.#failed?.(error)
    else this.onLost(error)
  }
}
