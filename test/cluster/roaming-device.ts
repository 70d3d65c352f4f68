// A device that goes from server to server: writes with and without a connection, and knows what was acknowledged.
import {
  CLOSE_CODES,
  compareRegisters,
  type JsonValue,
  joinAll,
  joinRegister,
  type Message,
  type ReadonlyState,
  type Register,
  RegisterArray,
  RegisterWriter,
  registersBeyond,
  type State,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { connectingRaw, type RawClient } from '../support/raw-client.ts'

/** A document and how it is reached. */
export interface DeviceOptions {
  /** 8 characters a–z and 0–9. */
  readonly name: string
  readonly document: string
  readonly accessToken: string
  /** The server to go to now; it may take its time. */
  readonly nextServer: () => Promise<string>
}

const REMOTE = Symbol('from the server')
const RETRY_MS = 20

/** Does what SPEC asks of a client, and nothing about it is lazy: it comes back as soon as it is thrown out. */
export class RoamingDevice implements AsyncDisposable {
  readonly name: string
  /** The greatest register of each key that it has seen or written. */
  readonly state: State = new Map()
  /** The greatest of its own registers that a server has acknowledged. */
  readonly acknowledged: State = new Map()
  /** How often one was. */
  acknowledgements = 0
  /** Its own registers that no server has acknowledged yet. */
  readonly #pending: State = new Map()
  readonly #options: DeviceOptions
  readonly #writer: RegisterWriter
  #generation = 1
  #doc = new Y.Doc()
  #registers = new RegisterArray(this.#doc)
  #client: RawClient | undefined
  /** What each step 2 and update of this connection carried; the server counts them. */
  #carried: Register[][] = []
  #counted = 0
  #isLive = false
  #isClosed = false
  readonly #roaming: Promise<void>

  constructor(options: DeviceOptions) {
    this.name = options.name
    this.#options = options
    this.#writer = new RegisterWriter({ device: options.name, lastStamp: 0, nowMs: Date.now })
    this.#follow()
    this.#roaming = this.#roam()
  }

  /** Where it is connected. */
  get server(): string | undefined {
    return this.#client && new URL(this.#client.socket.url).host
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Writes, connected or not. */
  write(key: string, value: JsonValue): Register {
    const register = this.#writer.write(this.state, key, value)
    joinRegister(this.state, register)
    this.#pending.set(key, register)
    this.#registers.write([register])
    return register
  }

  /** Leaves the server without a word; it goes to the next one by itself. */
  leave(): void {
    this.#client?.socket.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.leave()
    await this.#roaming
  }

  async #roam(): Promise<void> {
    while (!this.#isClosed) {
      const server = await this.#options.nextServer()
      if (this.#isClosed) return
      await this.#stayAt(server)
      await new Promise(resolve => setTimeout(resolve, RETRY_MS))
    }
  }

  /** Resolves when the connection has ended, or could not be made. */
  async #stayAt(server: string): Promise<void> {
    const { document, accessToken } = this.#options
    const query = `?mode=open&generation=${this.#generation}`
    const client = connectingRaw(server, document, accessToken, { query })
    this.#client = client
    this.#carried = []
    this.#counted = 0
    client.onMessage = message => this.#take(message)
    client.socket.once('open', () =>
      client.send({ type: 'step1', stateVector: Y.encodeStateVector(this.#doc) }),
    )
    await new Promise(resolve => client.socket.once('close', resolve))
    this.#client = undefined
    this.#isLive = false
    if (client.closeCode === CLOSE_CODES.moved) this.#startOver()
  }

  #take(message: Message): void {
    switch (message.type) {
      case 'step1':
        this.#isLive = true
        this.#carried.push(this.#pendingInDocument())
        this.#client?.send({
          type: 'step2',
          update: Y.encodeStateAsUpdate(this.#doc, message.stateVector),
        })
        return
      case 'step2':
      case 'update':
        Y.applyUpdate(this.#doc, message.update, REMOTE)
        // After a move the new document lacks what had not been acknowledged in the old one.
        if (message.type === 'step2')
          this.#registers.write(registersBeyond(this.state, this.#registers.state()))
        this.#registers.prune()
        return
      case 'durable':
        while (this.#counted < message.count) this.#acknowledge(this.#carried[this.#counted++] ?? [])
        return
      case 'moved':
        this.#generation = message.generation
    }
  }

  #acknowledge(registers: readonly Register[]): void {
    this.acknowledgements += registers.length
    joinAll(this.acknowledged, registers)
    for (const register of registers) {
      const pending = this.#pending.get(register.key)
      if (pending && compareRegisters(pending, register) === 0) this.#pending.delete(register.key)
    }
  }

  #pendingInDocument(): Register[] {
    const there = this.#registers.state()
    return [...this.#pending.values()].filter(register => there.get(register.key)?.stamp === register.stamp)
  }

  /** What others have superseded does not have to arrive any more. */
  #join(registers: readonly Register[]): void {
    for (const register of joinAll(this.state, registers))
      if (register.device !== this.name) this.#pending.delete(register.key)
  }

  #follow(): void {
    let written: readonly Register[] = []
    this.#registers.onChange(({ added, local }) => {
      if (local) written = added
      else this.#join(added)
    })
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === REMOTE) return
      const carried = written
      written = []
      // What was written before the server asked goes along in the answer.
      if (!this.#isLive) return
      this.#carried.push(carried.filter(({ device }) => device === this.name))
      this.#client?.send({ type: 'update', update })
    })
  }

  /** The document has another generation: its Yjs document is a new one (SPEC P19). */
  #startOver(): void {
    this.#doc = new Y.Doc()
    this.#registers = new RegisterArray(this.#doc)
    this.#follow()
  }
}

/** Registers of `some` that `state` lacks, or has an older one of. */
export function missingIn(state: ReadonlyState, some: ReadonlyState): string[] {
  return registersBeyond(some, state).map(({ key }) => key)
}
