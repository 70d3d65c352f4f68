// A server that lies: it stands before the real one, reads every frame of every channel, and does with them what it likes.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CHANNELS_SUBPROTOCOL,
  type ChannelFrame,
  decodeChannelFrame,
  decodeMessage,
  encodeChannelFrame,
  encodeMessage,
  type Message,
} from '@workforce-democracy/shared'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

/** A message on its way, and whose it is. */
export interface Passing {
  readonly document: string
  /** What the device asked for, such as `votes?mode=sealed&generation=2`. */
  readonly target: string
  readonly message: Message
  /** Sends another message, or whatever bytes, to the device in the same channel, before what passes. */
  readonly inject: (message: Message | Uint8Array) => void
  /** Ends the channel towards the device. */
  readonly close: (code: number) => void
}

/** What goes on in the place of a message: itself, others, or nothing. */
export type Rule = (passing: Passing) => Message | readonly Message[] | undefined

/** A hostile server. */
export interface HostileServer extends AsyncDisposable {
  readonly url: string
  /** What is done to messages to devices, and from them. */
  toDevice: Rule
  fromDevice: Rule
  /** What is made of the answers to HTTP requests, given their path; `undefined` passes them on. */
  answer: (path: string, body: unknown) => unknown
  /** Every byte that devices sent, over sockets and HTTP. */
  readonly heard: Buffer[]
  /** Ends all connections; devices come back. */
  cut(): void
  /** Passes everything on from now on, over new connections. */
  becomeHonest(): void
}

const PASS: Rule = ({ message }) => message

/** Starts one before `url`. */
export async function startHostileServer(url: string): Promise<HostileServer> {
  const heard: Buffer[] = []
  const sockets = new Set<WebSocket>()
  const http = createServer((request, response) => void forward(hostile, url, request, response))
  const upgrades = new WebSocketServer({ server: http, handleProtocols: () => CHANNELS_SUBPROTOCOL })
  upgrades.on('connection', (device, request) => {
    sockets.add(device)
    device.on('close', () => sockets.delete(device))
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(each => each.trim())
    const server = new WebSocket(url.replace('http', 'ws') + request.url, protocols)
    carry(hostile, { device, server })
  })
  const hostile: HostileServer = {
    url: '',
    toDevice: PASS,
    fromDevice: PASS,
    answer: () => undefined,
    heard,
    cut() {
      for (const socket of sockets) socket.terminate()
    },
    becomeHonest() {
      Object.assign(hostile, { toDevice: PASS, fromDevice: PASS, answer: () => undefined })
      hostile.cut()
    },
    async [Symbol.asyncDispose]() {
      hostile.cut()
      upgrades.close()
      http.closeAllConnections()
      await new Promise(resolve => http.close(resolve))
    },
  }
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return Object.assign(hostile, { url: `http://127.0.0.1:${port}` })
}

interface Wires {
  readonly device: WebSocket
  readonly server: WebSocket
}

/** Carries the frames of one socket both ways. */
function carry(hostile: HostileServer, { device, server }: Wires): void {
  const targets = new Map<number, string>()
  const waiting: Uint8Array[] = []
  const partsByChannel = new Map<number, Uint8Array[]>()
  const toServer = (frame: ChannelFrame) => {
    const bytes = encodeChannelFrame(frame)
    if (server.readyState === WebSocket.OPEN) server.send(bytes)
    else waiting.push(bytes)
  }
  const toDevice = (frame: ChannelFrame) => {
    if (device.readyState === WebSocket.OPEN) device.send(encodeChannelFrame(frame))
  }
  const pass = (rule: Rule, channel: number, frame: Uint8Array, send: (frame: ChannelFrame) => void) => {
    const target = targets.get(channel) ?? ''
    const asData = (message: Message): ChannelFrame => ({
      type: 'data',
      channel,
      bytes: encodeMessage(message),
    })
    const result = rule({
      ...{ target, document: target.split('?')[0] ?? '', message: decodeMessage(frame) },
      inject: message =>
        toDevice(message instanceof Uint8Array ? { type: 'data', channel, bytes: message } : asData(message)),
      close: code => {
        toDevice({ type: 'close', channel, code, reason: '' })
        toServer({ type: 'close', channel, code: 1000, reason: '' })
      },
    })
    for (const message of result === undefined ? [] : [result].flat()) send(asData(message as Message))
  }
  server.on('open', () => {
    for (const bytes of waiting.splice(0)) server.send(bytes)
  })
  device.on('message', data => {
    const bytes = bytesOf(data)
    hostile.heard.push(Buffer.from(bytes))
    const frame = decodeChannelFrame(bytes)
    if (frame.type === 'open') targets.set(frame.channel, frame.target)
    if (frame.type === 'data') pass(hostile.fromDevice, frame.channel, frame.bytes, toServer)
    else toServer(frame)
  })
  server.on('message', data => {
    const frame = decodeChannelFrame(bytesOf(data))
    if (frame.type === 'part') {
      partsByChannel.set(frame.channel, [...(partsByChannel.get(frame.channel) ?? []), frame.bytes])
    } else if (frame.type === 'data') {
      const whole = Buffer.concat([...(partsByChannel.get(frame.channel) ?? []), frame.bytes])
      partsByChannel.delete(frame.channel)
      pass(hostile.toDevice, frame.channel, whole, toDevice)
    } else toDevice(frame)
  })
  for (const [one, other] of [
    [device, server],
    [server, device],
  ] as const) {
    one.on('error', () => undefined)
    one.on('close', code => {
      if (other.readyState === WebSocket.CONNECTING) other.terminate()
      else other.close(code >= 3000 || code === 1000 ? code : 1000)
    })
  }
}

function bytesOf(data: RawData): Uint8Array {
  return new Uint8Array(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer))
}

/** Passes an HTTP request on, and its answer back, unless that is lied about. */
async function forward(
  hostile: HostileServer,
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  hostile.heard.push(body)
  const { authorization } = request.headers
  const answer = await fetch(url + request.url, {
    ...(request.method && { method: request.method }),
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    ...(body.length > 0 && { body }),
  })
  const text = await answer.text()
  const lie = hostile.answer(request.url ?? '', text && JSON.parse(text))
  response.writeHead(answer.status, {
    'content-type': answer.headers.get('content-type') ?? 'application/json',
    date: answer.headers.get('date') ?? '',
  })
  response.end(lie === undefined ? text : JSON.stringify(lie))
}
