// A person with two devices behind a hostile server, whose votes are sealed; and what must hold whatever it does.
import {
  type DocumentName,
  type ErrorCode,
  SEALED_ROOT,
  type SessionResponse,
} from '@workforce-democracy/shared'
import { expect } from 'vitest'
import * as Y from 'yjs'
import { createMemoryStore } from '../../client-sdk/src/store/memory-store.ts'
import { connectSynced, received } from '../support/register-writer.ts'
import { openSealedDevice, type SealedDevice } from '../support/sealed-devices.ts'
import type { TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { type HostileServer, startHostileServer } from './hostile-server.ts'

/** In everything that is written: none of it may ever be heard. */
const CLEAR = 'An Act nobody ever wrote'
/** How long is waited for what has to come; a broken subject is not worth as much. */
export const patience = { ms: 20_000 }

/** A device of the story, with its store. */
export class Device {
  readonly #person: SessionResponse
  /** The server, as this device meets it. */
  readonly hostile: HostileServer
  readonly store = createMemoryStore()
  /** How often it says in `settings` what it was given, from when it is opened. */
  publishReceiptsMs: number | undefined
  /** What it has saved. */
  readonly bills: string[] = []
  #opened: SealedDevice | undefined
  #tampering: string[] = []

  constructor(person: SessionResponse, hostile: HostileServer) {
    this.#person = person
    this.hostile = hostile
  }

  async open(): Promise<this> {
    this.#opened = await openSealedDevice({
      ...{ serverUrl: this.hostile.url, person: this.#person, store: this.store },
      keysOnServer: () => true,
      ...(this.publishReceiptsMs && { publishReceiptsMs: this.publishReceiptsMs }),
    })
    return this
  }

  get it(): SealedDevice {
    if (!this.#opened) throw new Error('It is not open.')
    return this.#opened
  }

  /** What it has reported of the votes, also before it was opened again. */
  get reported(): string[] {
    return [...this.#tampering, ...this.it.sync.tampering.map(({ code }) => code)]
  }

  get seen(): string[] {
    return this.it.votes.list().map(({ billId }) => billId)
  }

  async vote(bill: string): Promise<void> {
    await this.it.votes.cast(bill, 'yes', { billName: CLEAR })
    this.bills.push(bill)
    // Does not wait for an answer: there may be none.
    void this.it.sync.flush()
  }

  /** Votes, and waits until the server has said that it has it. */
  async voteDurably(bill: string): Promise<void> {
    await this.vote(bill)
    await until(() => this.it.replica.pendingCount('votes') === 0, patience.ms)
  }

  async close(): Promise<void> {
    this.#tampering = this.reported
    await this.it[Symbol.asyncDispose]()
    this.#opened = undefined
  }

  async reopen(): Promise<void> {
    await this.close()
    await this.open()
  }

  get isClosed(): boolean {
    return this.#opened === undefined
  }
}

/** One case. */
export class Story implements AsyncDisposable {
  readonly server: TestServer
  readonly person: SessionResponse
  readonly a: Device
  readonly b: Device

  private constructor(server: TestServer, person: SessionResponse, a: Device, b: Device) {
    this.server = server
    this.person = person
    this.a = a
    this.b = b
  }

  /** Both devices have a vote of each other's. */
  static async begin(server: TestServer): Promise<Story> {
    const person = await server.register()
    const device = async () => new Device(person, await startHostileServer(server.url))
    const story = new Story(server, person, await device(), await device())
    const { a, b } = story
    await a.open()
    await b.open()
    await a.it.privacy.set({ votes: 'sealed' })
    await until(() => b.it.privacy.get().votes === 'sealed')
    await Promise.all([a.it.sync.moved('votes'), b.it.sync.moved('votes')])
    await a.voteDurably('hr1-119')
    await b.voteDurably('hr2-119')
    await until(() => a.seen.length === 2 && b.seen.length === 2)
    return story
  }

  /** Changes a document behind everybody's back, as the server could, which has no key. */
  async change(
    edit: (array: Y.Array<unknown>, doc: Y.Doc) => void,
    document: DocumentName = 'votes',
  ): Promise<void> {
    await using client = await this.#rawClient(document)
    const doc = received(client)
    const before = Y.encodeStateVector(doc)
    edit(doc.getArray(SEALED_ROOT), doc)
    client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc, before) })
    await until(() => client.of('durable').some(({ count }) => count >= 1))
  }

  /** The envelopes of a document. */
  async envelopes(document: DocumentName = 'votes'): Promise<Uint8Array[]> {
    await using client = await this.#rawClient(document)
    return received(client).getArray<Uint8Array>(SEALED_ROOT).toArray()
  }

  async generation(document: DocumentName = 'votes'): Promise<number> {
    const { body } = await this.server.call('GET', '/api/user/stored', { token: this.person.accessToken })
    const { rows } = body.tables.find(({ table }: { table: string }) => table === 'documents')
    return rows.find((row: { document: string }) => row.document === document).generation
  }

  /**
   * The server is honest from now on: everybody gets everything, whatever happened; what was saved on a device is still
   * there; and nothing that was written was ever sent in clear.
   */
  async endWell(): Promise<void> {
    const { a, b } = this
    for (const { hostile } of [a, b]) hostile.becomeHonest()
    for (const device of [a, b]) if (device.isClosed) await device.open()
    // What nothing names yet shows when something does.
    await a.vote('hr98-119')
    await b.vote('hr99-119')
    const bills = [...a.bills, ...b.bills].sort()
    const flush = () => Promise.all([a, b].map(({ it }) => Promise.race([it.sync.flush(), shortly()])))
    await until(async () => {
      await flush()
      return [a, b].every(each => bills.every(bill => each.seen.includes(bill)))
    }, patience.ms)
    await until(async () => {
      await flush()
      return [a, b].every(({ it }) => it.sync.status.state === 'durable')
    }, patience.ms)
    for (const each of [a, b]) {
      expect(each.seen.toSorted()).toEqual(bills)
      await each.reopen()
      expect(each.seen.toSorted()).toEqual(bills)
    }
    const heard = Buffer.concat([a, b].flatMap(({ hostile }) => hostile.heard))
    expect(heard.length).toBeGreaterThan(4 * 1069)
    for (const form of [CLEAR, Buffer.from(CLEAR).toString('base64').slice(0, -4), 'hr1-119'])
      expect({ form, heard: heard.includes(form) }).toEqual({ form, heard: false })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [this.a, this.b]) {
      if (!each.isClosed) await each.close()
      await each.hostile[Symbol.asyncDispose]()
    }
  }

  async #rawClient(document: DocumentName) {
    const query = `?mode=sealed&generation=${await this.generation(document)}`
    return connectSynced(this.server.url, this.person.accessToken, { document, query })
  }
}

const shortly = () => new Promise(resolve => setTimeout(resolve, 500))

/** Waits until a device reports one of these. */
export const reports = (device: Device, ...codes: ErrorCode[]): Promise<unknown> =>
  until(() => device.reported.find(each => codes.includes(each as ErrorCode)), patience.ms)

/** Waits until a device has a vote. */
export const sees = (device: Device, ...bills: string[]): Promise<unknown> =>
  until(() => bills.every(bill => device.seen.includes(bill)), patience.ms)
