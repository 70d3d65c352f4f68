// Reads everything that server and device have on disk, byte by byte, for what must not be there in clear.
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createSqliteStore, openClient } from '@workforce-democracy/client/node'
import { expect, test } from 'vitest'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'

// No public table holds any of these.
const BILL_ID = 'us-zz:nowhere-listed-4711'
const BILL_NAME = 'An Act nobody ever wrote'
const EMAIL = 'grace.made-up@example.org'
const FOLDER = 'a folder called thistledown'
const PASSWORD = 'a made-up passphrase'

test('neither the SQLite store nor the Postgres data directory shows bill, name, folder, address or password', async () => {
  await using directory = await createTemporaryDirectory()
  const path = join(directory.path, 'me.sqlite')
  let device: string
  {
    await using server = await startServerProcess({ dataDir: join(directory.path, 'data') })
    await using client = await openClient({
      storage: createSqliteStore({ path }),
      storeSecret: new Uint8Array(32).fill(3),
      server: server.url,
    })
    await client.account.register({ email: EMAIL, password: PASSWORD })
    await client.privacy.set({ votes: 'open', bookmarks: 'open' })
    await (await client.votes.cast(BILL_ID, 'yes', { billName: BILL_NAME })).durable()
    await (await client.bookmarks.add('bill', BILL_ID, { folder: FOLDER })).durable()
    device = client.device
  }
  // Without a mail server mails are files, in clear, where only the server's user can read them (SPEC J6).
  await rm(join(directory.path, 'data/mail'), { recursive: true })
  // The server has stopped: everything is in files now. What is there shows that the search looks in the right place.
  const there = ['learning_resources', 'SQLite format 3', 'Shift Change']
  expect(await findIn(directory.path, there)).toEqual(there.sort())
  const secrets = [BILL_ID, 'nowhere-listed', BILL_NAME, EMAIL, 'grace.made-up', FOLDER, PASSWORD, device]
  expect(await findIn(directory.path, secrets)).toEqual([])
}, 120_000)

/** Those of `needles` that occur in any file below a directory, as UTF-8 or as UTF-16. */
async function findIn(directory: string, needles: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name))
    for (const needle of needles) {
      if (content.includes(needle) || content.includes(Buffer.from(needle, 'utf16le'))) found.add(needle)
    }
  }
  return [...found].sort()
}
