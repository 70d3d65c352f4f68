// The main job as a story on real input: one person, two devices, a killed server, one file. `npm run demo`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { type Client, createSqliteStore, openClient } from '@workforce-democracy/client/node'
import {
  type Bill,
  DOCUMENT_NAMES,
  OPENABLE_DOCUMENTS,
  type Resource,
  toEntry,
} from '@workforce-democracy/shared'
import { endsWithProcess } from '../support/ends-with-process.ts'
import { call } from '../support/people.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'
import { createStory } from './story.ts'

const { values } = parseArgs({ options: { data: { type: 'string' } } })
const root = fileURLToPath(new URL('../../', import.meta.url))
const dataSets = resolve(values.data ?? join(root, '../shared/data'))
const story = createStory(console.log, Date.now)
await using directory = await endsWithProcess(createTemporaryDirectory())

const PASSWORD = 'a made-up password for the demo'
const HOUR_MS = 3_600_000

/** What is imported when the data sets are there: kind and file. */
const IMPORTS = [
  ['legislators', 'civic/legislators-current.json.gz'],
  ['rollcalls', 'civic/votes-119.jsonl.gz'],
  ['resources', 'catalog/crs-products.csv'],
  ['resources', 'catalog/coop-links.json'],
  ['resources', 'catalog/worker-actions.json.gz'],
  ['resources', 'catalog/free-books.jsonl.gz'],
] as const

async function importAll(): Promise<void> {
  if (!existsSync(join(dataSets, IMPORTS[0][1]))) {
    story.say(`No data sets at ${dataSets}: the starter set has to do.`)
    return
  }
  for (const [kind, file] of IMPORTS) {
    const args = [
      '--conditions=wd-source',
      '--import',
      'tsx',
      'server/src/cli.ts',
      'import',
      kind,
      '--from',
      join(dataSets, file),
    ]
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, DATA_DIR: join(directory.path, 'data'), REQUIRE_EMAIL: 'false' },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const [code] = await once(child, 'exit')
    // Code 2 says that some lines were skipped, each with its reason: the rest is in.
    story.claim(`${file} is in`, code === 0 || code === 2)
  }
}

/** Bills that members of Congress voted on, and resources to work through. */
async function chooseSubjects(
  url: string,
): Promise<{ bills: [Bill, ...Bill[]]; resources: [Resource, ...Resource[]] }> {
  const bills = await call(url, 'GET', '/api/civic/bills?limit=5&level=federal')
  const resources = await call(url, 'GET', '/api/resources?limit=5')
  return { bills: bills.body.items, resources: resources.body.items }
}

const storageOf = (name: string) => createSqliteStore({ path: join(directory.path, `${name}.sqlite`) })

/** The first device's clock is an hour ahead. */
const open = (name: 'one' | 'two' | 'three', server?: string) =>
  openClient({
    storage: storageOf(name),
    storeSecret: new TextEncoder().encode(`made-up store secret of device ${name}`.padEnd(32)),
    now: () => Date.now() + (name === 'one' ? HOUR_MS : 0),
    ...(server && { server }),
  })

async function actOffline(bills: readonly Bill[], resources: readonly Resource[]): Promise<Client[]> {
  const [one, two] = [await open('one'), await open('two')]
  const [first, second] = resources
  const [contested, ...others] = bills
  if (!first || !second || !contested) throw new Error('The catalog is too small for this story.')
  for (const bill of others.slice(0, 3)) await one.votes.cast(bill.id, 'yes', { billName: bill.name })
  await one.votes.cast(contested.id, 'yes', { billName: contested.name })
  await one.bookmarks.add('resource', second.id)
  await one.profile.addInterest('workplace-democracy')
  await one.profile.set({ skillLevel: 'beginner' })
  await one.progress.record(first.id, { percent: 60, seconds: 600 })
  for (const bill of others.slice(2, 4)) await two.votes.cast(bill.id, 'no', { billName: bill.name })
  await two.votes.cast(contested.id, 'no', { billName: contested.name })
  await two.progress.record(first.id, { percent: 30, seconds: 300 })
  await two.notes.set('bill', contested.id, 'A note that stays on this device.')
  story.say(
    `device one: ${votesOf(one).length} votes, device two: ${votesOf(two).length}, both on ${contested.id}`,
  )
  return [one, two]
}

async function reopen(clients: readonly Client[], server: string): Promise<[Client, Client]> {
  for (const client of clients) await client.close()
  return [await open('one', server), await open('two', server)]
}

async function goOnline(one: Client, two: Client, server: ServerProcess): Promise<void> {
  await one.account.register({ username: 'ada-example', password: PASSWORD })
  await two.account.login({ login: 'ada-example', password: PASSWORD })
  const everything = { profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' } as const
  await Promise.all([one.privacy.set(everything), two.privacy.set(everything)])
  await server.kill('SIGKILL')
  story.say(`killed; device one says: ${one.sync.status.state}`)
  await server.start()
  await Promise.all([one.sync.flush(), two.sync.flush()])
  await until(() => one.sync.status.state === 'durable' && two.sync.status.state === 'durable', 30_000)
  await until(() => sameState(one, two, OPENABLE_DOCUMENTS), 30_000)
}

async function compareWithServer(client: Client, server: ServerProcess): Promise<void> {
  const held = await call(server.url, 'GET', '/api/user/data-export', {
    token: await client.account.accessToken(),
  })
  for (const document of OPENABLE_DOCUMENTS) {
    story.claim(
      `${document}: ${held.body.registers[document].length} registers in Postgres as on the device`,
      asText(held.body.registers[document]) === asText([...client.state(document).values()].map(toEntry)),
    )
  }
}

async function recommend(client: Client): Promise<void> {
  await client.catalogs.refresh()
  const fromServer = await client.recommendations()
  for (const { score, resource, reason } of fromServer.items) {
    story.say(`${score.toFixed(2).padStart(6)}  ${resource.title.slice(0, 60)} — ${reason.text}`)
  }
  const onDevice = await client.recommendations({ rankedBy: 'device' })
  story.claim('the server ranked', fromServer.rankedBy === 'server' && fromServer.items.length === 10)
  story.claim('the device ranks the same, to the digit', isDeepStrictEqual(onDevice.items, fromServer.items))
}

async function align(client: Client): Promise<void> {
  const comparable = client.alignment().filter(({ percent }) => percent !== null)
  for (const { representative, agreed, disagreed, percent, low, high } of comparable.slice(0, 3)) {
    const { name, party, state } = representative
    story.say(
      `${name} (${party}, ${state}): ${percent} % (${agreed} agreed, ${disagreed} not; ${low} to ${high})`,
    )
  }
  story.claim('three members can be compared', comparable.length >= 3)
}

async function leave(client: Client): Promise<void> {
  const file = await client.exportFile()
  const path = join(directory.path, 'workforce-democracy.html')
  await writeFile(path, file)
  const third = await open('three')
  const { joined } = await third.importFile(file)
  story.say(`${(file.length / 1024).toFixed(0)} KiB, ${joined} registers`)
  story.claim('a third, fresh store shows the same', sameState(client, third, DOCUMENT_NAMES))
  await third.close()
}

const votesOf = (client: Client) => client.votes.list()

function sameState(a: Client, b: Client, documents: readonly (typeof DOCUMENT_NAMES)[number][]): boolean {
  return documents.every(
    document => asText([...a.state(document).values()]) === asText([...b.state(document).values()]),
  )
}

/** Order does not matter between registers. */
function asText(items: readonly unknown[]): string {
  return JSON.stringify(items.map(item => JSON.stringify(item)).sort())
}

async function main(): Promise<number> {
  await using server = await story.step('The server starts, with a PostgreSQL of its own', () =>
    endsWithProcess(startServerProcess({ dataDir: join(directory.path, 'data') })),
  )
  story.say(server.url)
  await story.step('Members of Congress, roll calls and learning resources are imported', importAll)
  const { bills, resources } = await chooseSubjects(server.url)

  const opened = await story.step('Two devices, offline, clocks an hour apart', () =>
    actOffline(bills, resources),
  )
  const [one, two] = await story.step('Both are closed and opened again', () => reopen(opened, server.url))
  story.claim('all that was saved is there', votesOf(one).length === 4 && votesOf(two).length === 3)

  await story.step('They go online; the server is killed in the middle and comes back', () =>
    goOnline(one, two, server),
  )
  story.claim('both devices show the same', sameState(one, two, OPENABLE_DOCUMENTS))
  story.claim('time spent is the sum', one.progress.get(resources[0].id)?.seconds === 600 + 300)
  await story.step('The server shows it too', () => compareWithServer(one, server))

  await story.step('A later vote beats an earlier one, even by a clock that is behind', async () => {
    const contested = bills[0].id
    story.say(
      `on ${contested} stands ${one.votes.get(contested)?.choice}, of the device whose clock is ahead`,
    )
    await (await two.votes.cast(contested, 'abstain')).durable()
    await until(() => one.votes.get(contested)?.choice === 'abstain')
    story.claim('the vote cast last stands on both', two.votes.get(contested)?.choice === 'abstain')
  })
  await story.step('What to learn next', () => recommend(one))
  await story.step('How representatives vote beside this person', () => align(one))
  await story.step('Everything leaves in one file, and restores everything', () => leave(one))
  await one.close()
  await two.close()
  return story.end()
}

process.exitCode = await main()
