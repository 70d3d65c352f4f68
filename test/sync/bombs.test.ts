// Documents that are made to hold up the server: they are refused, and nobody else notices.
import { CLOSE_CODES } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { startWitness } from '../fuzz/witness.ts'
import { BOMBS, countSteps } from '../support/bombs.ts'
import { readRefusals } from '../support/metrics.ts'
import { askForMove } from '../support/moves.ts'
import type { RawClient } from '../support/raw-client.ts'
import { connectSynced, OPEN, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** So few that nobody has to try them, and so many that come to them. */
const [FEW] = BOMBS['the same origin'](1_500)
const [, MANY] = BOMBS['the same origin'](40_000)
/** In one update, whose order Yjs decides. */
const WHOLE = Y.mergeUpdates(BOMBS['distinct right origins'](8_000))

/** Trials wait for each other, and for threads to start. */
const closeCodeOf = async (client: RawClient) => await until(() => client.closeCode, 50_000)

const refusals = () => readRefusals(server.url, 'too-costly')

/** What the document of a person says to who comes anew. */
async function clientsOf(accessToken: string): Promise<number> {
  await using client = await connectSynced(server.url, accessToken)
  return received(client).store.clients.size
}

test('[P31] bombs in updates of two connections, in a step 2 and in a move are refused, while others are acknowledged', async () => {
  const [one, two, three, bystander] = await Promise.all([1, 2, 3, 4].map(() => server.register()))
  const before = await refusals()
  const witness = await startWitness(server.url, 'votes', bystander!.accessToken)
  const inUpdates = async () => {
    await using first = await connectSynced(server.url, one!.accessToken)
    await using second = await connectSynced(server.url, one!.accessToken)
    first.send({ type: 'update', update: FEW! })
    await first.durable(1)
    second.send({ type: 'update', update: MANY! })
    expect(await closeCodeOf(second)).toBe(CLOSE_CODES.tooLarge)
    // The other one is still there, and goes on.
    registerWriter(first).write('hr1-119', 'honest')
    await first.durable(2)
  }
  const inStep2 = async () => {
    await using client = await connectSynced(server.url, two!.accessToken)
    client.send({ type: 'step2', update: WHOLE })
    expect(await closeCodeOf(client)).toBe(CLOSE_CODES.tooLarge)
  }
  const inMove = async () => {
    const answer = await askForMove(server.url, three!, {
      from: { generation: 0, position: 0 },
      content: WHOLE,
    })
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-costly' } })
  }
  let acknowledged = 0
  try {
    await Promise.all([inUpdates(), inStep2(), inMove()])
  } finally {
    acknowledged = await witness.stop()
  }
  // Three trials take six seconds; a server that was held up would have acknowledged two or three writes.
  expect(acknowledged).toBeGreaterThan(20)
  expect(await refusals()).toBe(before + 2)
  expect(await clientsOf(one!.accessToken)).toBe(3)
  expect(await clientsOf(two!.accessToken)).toBe(0)

  // Who comes again at once is not tried again.
  await using again = await connectSynced(server.url, two!.accessToken, { query: OPEN })
  again.send({ type: 'step2', update: WHOLE })
  expect(await again.closed()).toBe(CLOSE_CODES.overloaded)
}, 60_000)

test('[P31] what only may cost much is tried once, taken, and not tried for each further update', async () => {
  const { accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  // All of one client: Yjs does not look far.
  const [, update] = BOMBS['the same root'](3_000)
  client.send({ type: 'update', update: update! })
  await client.durable(1)
  const writer = registerWriter(client)
  for (let n = 1; n <= 100; n++) writer.write(`hr${n}-119`, `name ${n}`)
  await client.durable(101)
  expect(await clientsOf(accessToken)).toBe(2)
})

const VOTE = { billId: 'us-zz:made-up-1', choice: 'yes' }

test('[P31] what is taken untried is neither answered, written nor projected on the event loop', async () => {
  const { accessToken: token } = await server.register()
  await using client = await connectSynced(server.url, token)
  for (const update of BOMBS['the same origin'](600)) client.send({ type: 'update', update })
  await client.durable(2)
  using steps = countSteps()
  const answers = await Promise.all(
    [1, 2, 3].map(n =>
      server.call('POST', '/api/civic/vote', { token, body: { ...VOTE, billId: `us-zz:made-up-${n}` } }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  const { body } = await server.call('GET', '/api/civic/votes', { token })
  client.send({ type: 'step1', stateVector: new Uint8Array([1, 1, 5]) })
  await client.nth('step2', 2)
  // A vote is one element beside the others: there is nothing to look through.
  expect(steps.taken).toBe(0)
  expect(body.items).toHaveLength(3)
})

test('a document that is too large for the event loop is written over HTTP, by several at once', async () => {
  const { accessToken: token } = await server.register()
  await using client = await connectSynced(server.url, token)
  const writer = registerWriter(client)
  for (let n = 1; n <= 50; n++) writer.write(`hr${n}-119`, 'x'.repeat(3_000))
  await client.durable(50)
  const bills = Array.from({ length: 8 }, (_, n) => `us-zz:made-up-${n}`)
  const answers = await Promise.all(
    bills.map(billId => server.call('POST', '/api/civic/vote', { token, body: { ...VOTE, billId } })),
  )
  expect(answers.every(({ status }) => status === 200)).toBe(true)
  const { body } = await server.call('GET', '/api/civic/votes', { token })
  expect(body.items.map((item: { billId: string }) => item.billId).sort()).toEqual(bills)
})
