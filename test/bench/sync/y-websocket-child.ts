// @y/websocket-server as its README sets it up: documents in memory, nothing is stored.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setupWSConnection } from '@y/websocket-server/utils'
import { WebSocketServer } from 'ws'
import { answerCalls } from './calls.ts'
import { createSelfMeasurement } from './self-measurement.ts'

const server = createServer((_request, response) => response.end('okay'))
const sockets = new WebSocketServer({ server })
sockets.on('connection', setupWSConnection)
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
answerCalls({ ...createSelfMeasurement(), url: () => `http://127.0.0.1:${port}` })
