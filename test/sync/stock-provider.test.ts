// An unchanged WebsocketProvider of y-websocket against the real server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { stockClient } from '../support/stock-client.ts'
import { until } from '../support/until.ts'

let server: TestServer
const clock = { aheadMs: 0 }
beforeAll(async () => {
  server = await startTestServer({ nowMs: () => Date.now() + clock.aheadMs })
})
afterAll(() => server[Symbol.asyncDispose]())

const vote = (key: string, stamp: number, choice: string) => ({
  key,
  stamp,
  device: 'stock001',
  value: { choice, votedAt: '2026-01-01T00:00:00Z' },
})

describe('a stock WebsocketProvider', () => {
  test('[P3] syncs in both directions, edits made offline included', async () => {
    const { accessToken } = await server.register()
    await using one = stockClient(server.url, accessToken, { connect: false })
    one.registers.write([vote('hr1-119', 1, 'yes')])
    one.provider.connect()
    await using two = stockClient(server.url, accessToken)
    await until(() => two.registers.state().has('hr1-119'))
    two.registers.write([vote('hr2-119', 2, 'no')])
    await until(() => one.registers.state().has('hr2-119'))

    one.provider.disconnect()
    one.registers.write([vote('hr3-119', 3, 'abstain')])
    two.registers.write([vote('hr4-119', 4, 'yes')])
    one.provider.connect()
    await until(() => one.registers.state().size === 4 && two.registers.state().size === 4)
    expect(one.registers.state()).toEqual(two.registers.state())
  })

  test('[P20] comes back by itself after the server was restarted, and brings what was written meanwhile', async () => {
    const { accessToken } = await server.register()
    await using one = stockClient(server.url, accessToken)
    await until(() => one.provider.synced)
    one.registers.write([vote('hr1-119', 1, 'yes')])
    await server.restart()
    one.registers.write([vote('hr2-119', 2, 'no')])
    await until(() => one.provider.synced, 20_000)
    await using two = stockClient(server.url, accessToken)
    await until(() => two.registers.state().size === 2)
  })

  test('[P18] opens the document with its first update, and is seen over HTTP', async () => {
    const { accessToken } = await server.register()
    await using one = stockClient(server.url, accessToken)
    await until(() => one.provider.synced)
    expect((await server.call('GET', '/api/civic/votes', { token: accessToken })).body.items).toEqual([])
    one.registers.write([vote('hr1-119', 1, 'yes')])
    await until(
      async () =>
        (await server.call('GET', '/api/civic/votes', { token: accessToken })).body.items.length === 1,
    )
  })

  test('gets what is written over HTTP while it is connected', async () => {
    const { accessToken } = await server.register({ civicEngagementTracking: true })
    await using one = stockClient(server.url, accessToken)
    await until(() => one.provider.synced)
    const answer = await server.call('POST', '/api/civic/vote', {
      token: accessToken,
      body: { billId: 'hr8-118', choice: 'yes' },
    })
    expect(answer.status).toBe(200)
    await until(() => one.registers.state().get('hr8-118')?.device === 'server')
  })

  test('stops for good when its token is bad', async () => {
    await using one = stockClient(server.url, 'bad')
    const closed = await new Promise<{ code: number }>(resolve => one.provider.on('closed', resolve))
    expect(closed.code).toBe(4401)
    expect(one.provider.shouldConnect).toBe(false)
  })

  test('[P17] that says nothing hears something every 20 s, ten before it would give up', async () => {
    const { accessToken } = await server.register()
    await using one = stockClient(server.url, accessToken)
    await until(() => one.provider.synced)
    // A client that announces nothing: only the server's own frames keep it. The real wait is part of `npm run test:soak`.
    one.provider.awareness.setLocalState(null)
    for (let time = 0; time < 2; time++) {
      const heardMs = one.provider.wsLastMessageReceived
      clock.aheadMs += 20_000
      await until(() => one.provider.wsLastMessageReceived > heardMs)
    }
    expect(one.provider.wsconnected).toBe(true)
  })
})
