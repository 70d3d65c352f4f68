// One round of the sealing test: two devices write, change their minds about who may read it, and are closed and opened
// again, while the server is killed.
import { randomBytes } from 'node:crypto'
import {
  type Client,
  createMemoryStore,
  openClient,
  type PrivacyChoice,
} from '@workforce-democracy/client/node'
import type { Config } from '../../server/src/config.ts'
import { Seeded } from '../fuzz/seeded.ts'
import { copyAtRest, readableIn } from '../support/at-rest.ts'
import { call } from '../support/people.ts'
import type { TestDatabases } from '../support/postgres.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'

/** What a round runs on. */
export interface RoundOn {
  readonly server: ServerProcess
  readonly databases: Pick<TestDatabases, 'databaseUrl' | 'keysDatabaseUrl'>
  /** Those of the server, to look at what it has stored. */
  readonly config: Pick<Config, 'encryptionKeys'>
}

/** How a round ended. The lists are of what went wrong. */
export interface RoundOutcome {
  readonly mode: PrivacyChoice
  readonly saved: number
  /** Votes that were saved on a device, and that a device does not have in the end. */
  readonly lost: readonly string[]
  /** What can be read at the server although the votes are sealed. */
  readonly readable: readonly string[]
  /** What a device took for a server that withholds or goes back, which this one does not. */
  readonly falseAlarms: readonly string[]
  /** Devices and the server, where they differ about the mode. */
  readonly disagreeing: readonly string[]
}

const PASSWORD = 'a made-up password'
const ROUND_MS = 1500
const CONVERGE_MS = 40_000
const MODES = ['open', 'sealed'] as const

/** A device that keeps its store while it is closed. */
class Device {
  readonly #url: string
  readonly #store = createMemoryStore()
  #client: Client | undefined
  #wrote = 0
  readonly saved: string[] = []

  constructor(url: string) {
    this.#url = url
  }

  async open(): Promise<Client> {
    const storeSecret = new Uint8Array(32).fill(7)
    this.#client = await openClient({ storage: this.#store, storeSecret, server: this.#url })
    return this.#client
  }

  get client(): Client {
    if (!this.#client) throw new Error('It is not open.')
    return this.#client
  }

  /** Takes note of what was saved and nothing else: a write that the end of the client came before is none. */
  async cast(name: string, marker: string): Promise<void> {
    const bill = `us-zz:${name}-${++this.#wrote}`
    await this.client.votes.cast(bill, 'yes', { billName: `${marker} ${this.#wrote}` }).then(
      () => this.saved.push(bill),
      () => undefined,
    )
  }

  async reopen(): Promise<void> {
    await this.client.close()
    await this.open()
  }
}

/** Runs one; the seed decides who does what when, not how long everything takes. */
export async function runRound(on: RoundOn, { seed }: { readonly seed: number }): Promise<RoundOutcome> {
  const random = new Seeded(seed)
  const { server } = on
  const marker = `Act ${randomBytes(6).toString('hex')} nobody wrote`
  const devices = [new Device(server.url), new Device(server.url)] as const
  const [one, two] = devices
  const { account } = await one.open()
  const username = await until(async () => {
    const name = `made-up-${randomBytes(6).toString('hex')}`
    // A connection that is kept from before the last kill fails once.
    return account.register({ username: name, password: PASSWORD }).then(
      () => name,
      () => undefined,
    )
  })
  await (await two.open()).account.login({ login: username, password: PASSWORD })
  const first = random.pick(MODES)
  // Opened on both at some time: so both may open it again.
  for (const { client } of devices) await client.privacy.set({ votes: 'open' })
  if (first === 'sealed') await (await one.client.privacy.set({ votes: first })).done()

  const endMs = performance.now() + ROUND_MS
  const at = () => new Promise<void>(resolve => setTimeout(resolve, random.below(ROUND_MS)))
  const writing = devices.map(async (device, n) => {
    while (performance.now() < endMs) {
      await device.cast(n === 0 ? 'one' : 'two', marker)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })
  const choices = [random.pick(MODES), random.pick(MODES)] as const
  await Promise.all([
    ...writing,
    ...devices.map(async (device, n) => {
      await at()
      await device.client.privacy.set({ votes: choices[n] ?? 'open' }).catch(() => undefined)
    }),
    (async () => {
      await at()
      await server.kill('SIGKILL')
      await server.start()
    })(),
    (async () => {
      await at()
      await one.reopen()
    })(),
  ])
  const outcome = await settle(on, { devices, username, marker })
  for (const { client } of devices) await client.close()
  return outcome
}

/** Waits until everybody says that all is done, and looks whether it is so. */
async function settle(
  on: RoundOn,
  { devices, username, marker }: { devices: readonly Device[]; username: string; marker: string },
): Promise<RoundOutcome> {
  const [one, two] = devices.map(({ client }) => client) as [Client, Client]
  const isSettled = async () => {
    await Promise.all([one, two].map(({ sync }) => sync.flush()))
    const settings = [one, two].map(client => JSON.stringify([...client.state('settings')].sort()))
    return settings[0] === settings[1] && [one, two].every(({ sync }) => sync.status.state === 'durable')
  }
  await until(isSettled, CONVERGE_MS)
  const fresh = new Device(on.server.url)
  await (await fresh.open()).account.login({ login: username, password: PASSWORD })
  const mode = one.privacy.get().votes
  if (mode === 'open') {
    await until(() => fresh.client.privacy.unconfirmed().includes('votes'), CONVERGE_MS)
    await fresh.client.privacy.confirm()
  }
  const all = [one, two, fresh.client]
  const saved = devices.flatMap(each => each.saved)
  const lostBy = (client: Client) => saved.filter(bill => !client.votes.get(bill))
  await until(() => all.every(client => lostBy(client).length === 0), CONVERGE_MS).catch(() => undefined)
  const token = await one.account.accessToken()
  const { body } = await call(on.server.url, 'GET', '/api/user/privacy', { token })
  const stored = await copyAtRest(on)
  const said = { one: mode, two: two.privacy.get().votes, server: body.modes.votes }
  const outcome: RoundOutcome = {
    ...{ mode, saved: saved.length, lost: all.flatMap(lostBy) },
    readable: mode === 'sealed' ? readableIn(stored, stored, [marker]) : [],
    falseAlarms: all.flatMap(({ sync }) => sync.tampering.map(({ document, code }) => `${document} ${code}`)),
    disagreeing: new Set(Object.values(said)).size > 1 ? [JSON.stringify(said)] : [],
  }
  // Look, it would be found.
  if (mode === 'open' && readableIn(stored, stored, [marker]).length === 0)
    throw new Error('What is open was not found.')
  await fresh.client.close()
  return outcome
}

/** What went wrong, in words. */
export function wrongIn({ lost, readable, falseAlarms, disagreeing }: RoundOutcome): string[] {
  const lists = { lost, readable, falseAlarms, disagreeing }
  return Object.entries(lists).flatMap(([what, list]) => list.map(each => `${what} ${each}`))
}
