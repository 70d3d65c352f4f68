// What the server tells those who run it: metrics that move, and log lines with nothing personal in them.
import { EMPTY_UPDATE } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMetric, readRefusals } from '../support/metrics.ts'
import { execute } from '../support/postgres.ts'
import { connectRaw } from '../support/raw-client.ts'
import { connectSynced, OPEN, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const metric = (sample: string) => readMetric(server.url, sample)

test('[P15] commits, batches, latency, rooms, sockets, queue, compactions and refusals are measured', async () => {
  const { accessToken } = await server.register()
  expect([
    await metric('wd_rooms'),
    await metric('wd_sockets'),
    await metric('wd_compactions_total'),
  ]).toEqual([0, 0, 0])
  {
    await using client = await connectSynced(server.url, accessToken)
    expect([await metric('wd_rooms'), await metric('wd_sockets')]).toEqual([1, 1])
    const { write } = registerWriter(client)
    for (let n = 1; n <= 600; n++) write(`hr${n}-119`, 'yes')
    client.send({ type: 'step2', update: EMPTY_UPDATE })
    await client.durable(601)
    expect(await metric('wd_commits_total')).toBeGreaterThan(0)
    expect(await metric('wd_commit_updates_sum')).toBe(600)
    expect(await metric('wd_commit_updates_count')).toBe(await metric('wd_commits_total'))
    expect(await metric('wd_commit_documents_sum')).toBe(await metric('wd_commits_total'))
    expect(await metric('wd_acknowledgement_seconds_count')).toBe(601)
    expect(await metric('wd_acknowledgement_seconds_sum')).toBeGreaterThan(0)
    await until(async () => (await metric('wd_compactions_total')) > 0)
    expect(await metric('wd_queued_bytes')).toBe(0)
    client.sendBytes('text')
    await client.closed()
  }
  expect(await readRefusals(server.url, 'malformed-message')).toBe(1)
  await until(async () => (await metric('wd_rooms')) + (await metric('wd_sockets')) === 0)
})

test('no log line holds content, a token, a name, a password or an address, whatever goes wrong', async () => {
  const credentials = { username: 'nobody-knows-thistledown', password: 'a made-up password nobody uses' }
  const bill = 'us-zz:nowhere-listed-4711'
  const note = 'what thistledown thinks of it'
  const badToken = 'eyJ.thistledown.bad'
  const { body: person } = await server.call('POST', '/api/auth/register', { body: credentials })
  await server.call('POST', '/api/auth/login', { body: { ...credentials, password: `${note} wrong` } })
  await server.call('GET', '/api/user/profile', { token: badToken })
  await server.call('POST', '/api/civic/vote', { token: person.accessToken, body: { billId: note } })
  for (const token of [badToken, undefined, '%00']) {
    await using refused = await connectRaw(server.url, 'votes', token)
    await refused.closed()
  }
  for (const frame of [note, new TextEncoder().encode(note), new Uint8Array([0, 2, 3, 1, 2, 3])]) {
    await using garbage = await connectSynced(server.url, person.accessToken)
    garbage.sendBytes(frame)
    await garbage.closed()
  }
  await using client = await connectRaw(server.url, 'votes', person.accessToken, { query: OPEN })
  const { write } = registerWriter(client)
  write(bill, note)
  client.send({ type: 'awareness', update: new TextEncoder().encode(note) })
  await client.nth('awareness')
  await execute(server.databases.databaseUrl, ['alter table document_updates rename to gone'])
  write(`${bill}-2`, note)
  await client.closed()
  await server.call('GET', '/api/civic/votes', { token: person.accessToken })

  const log = server.log.join('')
  // What is there shows that what fails is logged at all.
  expect(log).toContain('a group commit failed')
  const { accessToken, refreshToken } = person
  const personal = [...Object.values(credentials), bill, note, badToken, accessToken, refreshToken]
  const inBase64 = personal.map(each => Buffer.from(each).toString('base64').replace(/=+$/, '').slice(0, -1))
  const addresses = ['127.0.0.1', '::1', 'thistledown']
  expect([...personal, ...inBase64, ...addresses].filter(each => log.includes(each))).toEqual([])
})
