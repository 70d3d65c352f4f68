// A device between its sessions: what it remembers, and how it syncs one document as the SDK does (SPEC P19).
import {
  type JsonValue,
  joinAll,
  type Register,
  RegisterArray,
  RegisterWriter,
  registersBeyond,
  type State,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { until } from '../support/until.ts'

/** A device that is connected. */
export interface DeviceSession {
  /** Writes over what is there. */
  write(key: string, value: JsonValue): Register
  /** Resolves when all that it wrote is durable. */
  durable(): Promise<void>
  /** Goes away. */
  end(): Promise<void>
}

/** Remembers its registers and where it was, and no Yjs document. */
export class SimulatedDevice {
  readonly state: State = new Map()
  readonly #url: string
  readonly #accessToken: string
  readonly #writer: RegisterWriter
  #generation = 1

  constructor(options: { url: string; accessToken: string; device: string; nowMs: () => number }) {
    this.#url = options.url
    this.#accessToken = options.accessToken
    this.#writer = new RegisterWriter({ ...options, lastStamp: 0 })
  }

  /** Connects, as often as it is told that the document moved; joins, and brings what the server lacks. */
  async begin(): Promise<DeviceSession> {
    for (;;) {
      const query = `?mode=open&generation=${this.#generation}`
      const client = await connectRaw(this.#url, 'votes', this.#accessToken, { query })
      client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
      await until(() => client.of('step2').length > 0 || client.closeCode !== undefined)
      if (client.closeCode === undefined) return this.#join(client)
      const [moved] = client.of('moved')
      if (!moved) throw new Error(`closed with ${client.closeCode}`)
      this.#generation = moved.generation
    }
  }

  #join(client: RawClient): DeviceSession {
    const doc = new Y.Doc()
    let seen = 0
    let sent = 0
    const take = () => {
      for (; seen < client.messages.length; seen++) {
        const message = client.messages[seen]!
        if (message.type === 'update' || message.type === 'step2') Y.applyUpdate(doc, message.update)
      }
    }
    const registers = new RegisterArray(doc)
    registers.onChange(({ added }) => joinAll(this.state, added))
    take()
    doc.on('update', (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
      if (!local) return
      sent++
      client.send({ type: 'update', update })
    })
    registers.write(registersBeyond(this.state, registers.state()))
    return {
      write: (key, value) => {
        take()
        const register = this.#writer.write(this.state, key, value)
        joinAll(this.state, [register])
        registers.write([register])
        return register
      },
      durable: () => client.durable(sent),
      async end() {
        take()
        await client[Symbol.asyncDispose]()
        registers.destroy()
        doc.destroy()
      },
    }
  }
}
