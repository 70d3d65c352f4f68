// Those who were connected all along hold what somebody is sent who comes new, also after a restart. The same check is
// run against logs that are broken on purpose, and must find that out.
import { RegisterArray } from '@workforce-democracy/shared'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createTestDatabases, execute, type TestDatabases } from '../support/postgres.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer } from '../support/server.ts'
import { openStoredDocuments } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

const DEVICES = 3
const WRITES_A_ROUND = 20
/** After so many the log has been compacted. */
const ROUNDS_BEFORE = 9
const ROUNDS_AFTER = 2

/** Keys and values, as text. */
const contentOf = (doc: Y.Doc): string =>
  JSON.stringify([...new RegisterArray(doc).state()].map(([key, { value }]) => [key, value]).toSorted())

/**
 * Lets devices write at the same time, some keys of their own and some that all write, before and after a compaction.
 * Returns the different contents that devices hold and newcomers are sent: one, if all is well.
 */
async function contents(databases: TestDatabases): Promise<ReadonlySet<string>> {
  await using server = await startTestServer({}, databases)
  await using stored = openStoredDocuments(server)
  const { user, accessToken } = await server.register()
  const devices = await Promise.all(
    Array.from({ length: DEVICES }, async () => {
      const client = await connectSynced(server.url, accessToken)
      return { client, ...registerWriter(client) }
    }),
  )
  let rounds = 0
  const writeRound = async () => {
    rounds++
    for (let n = 0; n < WRITES_A_ROUND; n++) {
      for (const [device, { write }] of devices.entries())
        write(n % 4 === 0 ? `hr${n + 1}-118` : `us-zz:${device}-${rounds}-${n}`, `${device} ${rounds}`)
    }
    await Promise.all(devices.map(({ client }) => client.durable(rounds * WRITES_A_ROUND)))
  }
  while (rounds < ROUNDS_BEFORE) await writeRound()
  await until(async () => (await stored.read({ personId: user.id, document: 'votes' }))?.snapshot)
  while (rounds < ROUNDS_BEFORE + ROUNDS_AFTER) await writeRound()

  const head = DEVICES * rounds * WRITES_A_ROUND
  await until(() => devices.every(({ client }) => client.of('durable').at(-1)?.position === head))
  const found = new Set<string>()
  for (const { client, registers } of devices) {
    const doc = received(client)
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(registers.doc))
    found.add(contentOf(doc))
  }
  const addNewcomer = async () => {
    await using newcomer = await connectSynced(server.url, accessToken)
    found.add(contentOf(received(newcomer)))
  }
  await addNewcomer()
  await server.restart()
  await addNewcomer()
  return found
}

test('[P12] all hold the same: who was connected, who comes new, and who comes after a restart', async () => {
  await using databases = await createTestDatabases()
  expect((await contents(databases)).size).toBe(1)
})

describe('a broken log is found out', () => {
  test.each([
    {
      name: 'that drops an entry now and then',
      statements: [
        'create sequence entries',
        `create function break_it() returns trigger language plpgsql as $$
         begin return case when nextval('entries') % 4 = 0 then null else new end; end $$`,
        'create trigger broken before insert on document_updates for each row execute function break_it()',
      ],
    },
    {
      name: 'that acknowledges and relays what it never commits',
      statements: [
        `create function break_it() returns trigger language plpgsql as $$ begin return null; end $$`,
        `create trigger broken before insert on document_updates for each row
         when (new.position > 300) execute function break_it()`,
      ],
    },
    {
      name: 'whose compaction deletes what came after it',
      statements: [
        `create function break_it() returns trigger language plpgsql as $$
         begin
           delete from document_updates u using document_snapshots s
           where u.person_id = new.person_id and u.document = new.document and u.position = new.position
             and s.person_id = u.person_id and s.document = u.document;
           return null;
         end $$`,
        'create trigger broken after insert on document_updates for each row execute function break_it()',
      ],
    },
  ])('one $name', async ({ statements }) => {
    await using databases = await createTestDatabases()
    await execute(databases.databaseUrl, statements)
    expect((await contents(databases)).size).toBeGreaterThan(1)
  })
})
