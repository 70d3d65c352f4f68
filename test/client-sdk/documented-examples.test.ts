// What the SDK's doc comments show is run as it stands, against a server: no verb without an example, none that fails.
import * as sdk from '@workforce-democracy/client/node'
import * as hooks from '@workforce-democracy/client/react'
import { createElement, type ReactElement } from 'react'
import { renderToString } from 'react-dom/server'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  componentOf,
  type DocumentedExample,
  documentedExamples,
  runExample,
} from '../support/documented-examples.ts'
import { fillWithStarter } from '../support/server.ts'
import { AccountStories, NEW, OLD } from './account-stories.ts'
import { STORE_SECRET, temporaryDirectory } from './clients.ts'

vi.mock(import('../../client-sdk/src/keys/argon2id.ts'), async original => ({
  ...(await original()),
  argon2id: (await import('./quick-argon2.ts')).quickArgon2id,
}))

const examples = await documentedExamples('client-sdk/src', 'shared/src')
const s = AccountStories.use()

/** Those that need a page are run there: test/browser/client.test.ts. */
const isOfPages = ({ file, code }: DocumentedExample) =>
  /client-sdk\/src\/(browser|store\/indexeddb)/.test(file) || code.includes('createRoot')
const isOfHooks = ({ file }: DocumentedExample) => file.endsWith('react.ts')
const ofNode = examples.filter(
  each => each.file.startsWith('client-sdk') && !isOfPages(each) && !isOfHooks(each),
)

/** Her other device. */
const otherDevice = async () => {
  await using other = await s.open()
  await s.login(other)
  return (await other.account.devices.list()).find(({ current }) => current)?.id
}
/** Her keys are locked, and `password` is the new one. */
const locked = async (client: sdk.Client) => {
  await client.account.resetPassword({ token: await s.resetToken(), login: s.name, newPassword: NEW })
  await client.account.login({ login: s.name, password: NEW })
  return { password: NEW }
}

/** What has to be so before an example, by the first verb of the account that it shows; and the values of its names. */
const PREPARATIONS: Readonly<
  Record<string, (client: sdk.Client) => Promise<{ client?: sdk.Client; [name: string]: unknown }>>
> = {
  register: async () => ({ client: await s.open(), password: OLD }),
  login: async () => ({ client: await s.open() }),
  adopt: async () => {
    s.begin()
    await s.addPlain(OLD)
    return { client: await s.open(), oldPassword: OLD }
  },
  recover: async () => ({ client: await s.open() }),
  resetPassword: async () => ({ token: await s.resetToken() }),
  unlock: locked,
  startNewIdentity: locked,
  revokeDevice: async () => ({ id: await otherDevice() }),
  'devices.rename': async () => ({ id: await otherDevice() }),
  'devices.remove': async () => ({ id: await otherDevice() }),
  verifyEmail: async () => ({ token: await s.mailToken(/verify-email/) }),
}

describe('the examples of the documentation', () => {
  /** Of examples that leave the account as it is. */
  let shared: Awaited<ReturnType<AccountStories['ada']>>

  beforeAll(async () => {
    await fillWithStarter(s.server)
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    s.begin()
    shared = await s.ada()
    await shared.client.catalogs.refresh()
    await shared.client.progress.record('video1', { percent: 10, seconds: 5 })
    return async () => {
      vi.restoreAllMocks()
      await shared.client.close()
    }
  })

  it.each(ofNode)('$file: $code', async ({ file, code }) => {
    await using directory = await temporaryDirectory()
    const isAlone = file.endsWith('account.ts') || code.includes('client.close')
    const ada = isAlone ? await s.ada() : shared
    const verb = /client\.account\.((?:devices\.)?\w+)\(/.exec(code)?.[1] ?? ''
    const prepared = await PREPARATIONS[verb]?.(ada.client)
    if (code.includes('.durable()')) await ada.client.privacy.set({ votes: 'open' })
    const ownText = code
      .replaceAll('https://api.example.org', s.server.url)
      .replaceAll('ada-example', verb === 'register' ? `${s.name}-2` : s.name)
      .replaceAll('ada@example.org', /changeEmail/.test(code) ? `new-${s.email}` : s.email)
      .replaceAll('person.sqlite', directory.at('person.sqlite'))
    const isContract = file.endsWith('store-contract.ts')
    const scope = {
      ...sdk,
      ...{ client: ada.client, login: s.name, recoveryCode: ada.recoveryCode },
      ...{ password: OLD, newPassword: NEW, passphrase: OLD, storeSecret: STORE_SECRET },
      ...prepared,
    }
    if (!isContract) await runExample(ownText, declaredOnce(ownText, scope))
    if (isAlone) await Promise.all([scope.client.close(), ada.client.close()])
  })

  it.each(examples.filter(each => isOfHooks(each) && !isOfPages(each)))('$file: $code', async ({ code }) => {
    await using client = await s.open()
    await client.votes.cast('hr8-118', 'yes')
    const Example = await componentOf(code, { ...hooks, createElement })
    const component = createElement(Example as () => ReactElement)
    const shown = renderToString(createElement(hooks.ClientProvider, { client }, component))
    expect(shown).toMatch(/^<\w+/)
  })

  it('client-sdk/src/react.ts: ClientProvider', async () => {
    await using client = await s.open()
    const shown: string[] = []
    const scope = {
      ...{ ...hooks, createElement, element: undefined },
      openClient: async () => client,
      App: () => `${hooks.useVotes().length} votes`,
      // Where there is no document: the same elements, rendered to text.
      createRoot: () => ({ render: (element: ReactElement) => shown.push(renderToString(element)) }),
    }
    const found = examples.find(({ code }) => code.includes('createRoot'))
    await runExample(found?.code ?? '', scope)
    expect(shown).toEqual(['0 votes'])
  })

  it('show every verb of a client and everything else that is exported', async () => {
    await using client = await s.open()
    const text = examples.map(({ code }) => code).join('\n')
    const verbs = verbsOf(client, 'client').filter(isTyped)
    expect(verbs.length).toBeGreaterThan(70)
    const exported = Object.entries({ ...sdk, ...hooks }).filter(([, value]) => typeof value === 'function')
    const names = [...verbs, ...exported.map(([name]) => name)]
    expect(
      names.filter(name => !new RegExp(`\\b${name.replaceAll('.', '\\.')}\\b[(<\\s]`).test(text)),
    ).toEqual([])
  })
})

/** The scope without what the example itself declares. */
function declaredOnce(code: string, scope: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(scope).filter(([name]) => !new RegExp(`\\b(const|using) ${name} =`).test(code)),
  )
}

/** What the type of a client shows: its `sync` can do more for the other parts. */
const isTyped = (verb: string) => !verb.startsWith('client.sync.') || /flush|subscribe/.test(verb)

/** Paths of the functions in `value`. */
function verbsOf(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([name, each]) => {
    if (typeof each === 'function') return [`${path}.${name}`]
    return typeof each === 'object' && each !== null ? verbsOf(each, `${path}.${name}`) : []
  })
}
