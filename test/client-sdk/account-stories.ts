// People with accounts on a real server, reached through a go-between, each test with people of its own.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore } from '@workforce-democracy/client/node'
import {
  type AccountRecord,
  decodeRecordBody,
  type KeysResponse,
  type PreloginResponse,
  type SignedRecord,
} from '@workforce-democracy/shared'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStoredAccounts, type StoredAccounts } from '../support/stored-accounts.ts'
import { until } from '../support/until.ts'
import { openTestClient } from './clients.ts'
import { GoBetween } from './go-between.ts'

export const OLD = 'an old made-up password'
export const NEW = 'a new made-up password'
export const NEXT = 'the next made-up password'

/** What a record says. */
export const bodyOf = (record: SignedRecord): AccountRecord => decodeRecordBody(record.body)!

/** The accounts of a file of tests; the server is the same for all of them. */
export class AccountStories {
  #server: TestServer | undefined
  #stored: StoredAccounts | undefined
  between = new GoBetween()
  /** The username of the test's person, whose address is beside it. */
  name = ''

  /** Before all tests, and before each. */
  static use(): AccountStories {
    const stories = new AccountStories()
    beforeAll(async () => {
      stories.#server = await startTestServer()
      stories.#stored = await openStoredAccounts(stories.server)
    })
    beforeEach(() => stories.begin())
    afterAll(async () => {
      await stories.#stored?.[Symbol.asyncDispose]()
      await stories.#server?.[Symbol.asyncDispose]()
    })
    return stories
  }

  /** Begins with another person, and a go-between that knows nothing. */
  begin(): void {
    this.between = new GoBetween()
    this.name = `ada-example-${randomBytes(4).toString('hex')}`
  }

  get server(): TestServer {
    if (!this.#server) throw new Error('The server has not started.')
    return this.#server
  }

  get stored(): StoredAccounts {
    if (!this.#stored) throw new Error('The server has not started.')
    return this.#stored
  }

  get email(): string {
    return `${this.name}@example.org`
  }

  open(storage = createMemoryStore()): Promise<Client> {
    return openTestClient({ storage, server: this.server.url, fetch: this.between.fetch })
  }

  /** Ada, on one device, and what she wrote down. */
  async ada() {
    const client = await this.open()
    const names = { username: this.name, email: this.email }
    const { user, recoveryCode } = await client.account.register({ ...names, password: OLD })
    return { client, user, recoveryCode, [Symbol.asyncDispose]: () => client.close() }
  }

  login(client: Client, password = OLD) {
    return client.account.login({ login: this.name, password })
  }

  keysNow(name = this.name): Promise<KeysResponse> {
    return this.stored.keysOf(name)
  }

  async recordNow(): Promise<AccountRecord> {
    return bodyOf((await this.keysNow()).record)
  }

  async deviceIds(): Promise<string[]> {
    return (await this.recordNow()).devices.map(({ id }) => id)
  }

  /** What the server tells of how to derive from the password. */
  async prelogin(): Promise<PreloginResponse> {
    return (await this.server.call('POST', '/api/auth/prelogin', { body: { login: this.name } })).body
  }

  /** An account without keys, its password as a person typed it, or as an SDK sent it. */
  async addPlain(password: string): Promise<void> {
    const body = { username: this.name, password }
    const { status } = await this.server.call('POST', '/api/auth/register', { body })
    if (status !== 201) throw new Error(`register answered ${status}`)
  }

  /** Ada's address is shown to be hers. */
  async verifyEmail(): Promise<void> {
    const token = await this.mailToken(/verify-email/)
    const { status } = await this.server.call('POST', '/api/auth/verify-email', { body: { token } })
    if (status !== 204) throw new Error(`verify-email answered ${status}`)
  }

  /** The same, and a mail to reset her password has come. */
  async resetToken(): Promise<string> {
    await this.verifyEmail()
    await this.server.call('POST', '/api/auth/forgot-password', { body: { login: this.name } })
    return this.mailToken(/reset-password/)
  }

  /** The token of the one mail to Ada that leads to such a page. */
  async mailToken(page: RegExp): Promise<string> {
    const mail = await until(() =>
      this.server.mails.find(({ to, text }) => to === this.email && page.test(text)),
    )
    return /#token=([\w-]+)/.exec(mail.text)![1]!
  }
}
