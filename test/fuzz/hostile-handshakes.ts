// Requests for a WebSocket that no honest client would make, written byte by byte.
import { createConnection } from 'node:net'
import { CLOSE_CODES } from '@workforce-democracy/shared'
import { expect } from 'vitest'
import type { Seeded } from './seeded.ts'

/** Handshakes of one round. */
export const HANDSHAKES = 10

/** Names of documents, of which only the first is one. */
export const HOSTILE_DOCUMENTS = [
  'votes',
  'secrets',
  '__proto__',
  '%00',
  '..%2fvotes',
  '%ff',
  'votes%2f..',
  'x'.repeat(2_000),
  '',
]
/** What may follow a name. */
export const HOSTILE_QUERIES = [
  'generation=NaN',
  'generation=-1',
  'generation=1e99',
  'generation=1&generation=2',
  'generation[]=1',
  'position=1e99&generation=1',
  'position=-0',
  'position=9007199254740993',
  'mode=',
  'mode=local',
  'mode=open&mode=sealed',
  'mode=__proto__',
  '%',
  '%00=%00',
  'a'.repeat(4_000),
]
const KEY = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='

/** HTTP answers that refuse an upgrade, and close codes of those that were upgraded. */
const ALLOWED_STATUS = [400, 404, 405, 426, 431]
const ALLOWED_CODES: readonly number[] = [
  CLOSE_CODES.malformed,
  CLOSE_CODES.unauthorized,
  CLOSE_CODES.forbidden,
  CLOSE_CODES.notFound,
  CLOSE_CODES.moved,
]

/** Makes one round of handshakes: each must be refused properly, or lead to a connection that stands. */
export async function attackHandshakes(url: string, accessToken: string, seeded: Seeded): Promise<void> {
  for (let n = 0; n < HANDSHAKES; n++) {
    const request = requestOf(seeded, accessToken)
    const { status, closeCode } = await answerTo(url, request)
    const isFine =
      status === 101
        ? closeCode === undefined || ALLOWED_CODES.includes(closeCode)
        : ALLOWED_STATUS.includes(status)
    expect(isFine, `${status} ${closeCode} to ${request.slice(0, 500)}`).toBe(true)
  }
}

function requestOf(seeded: Seeded, accessToken: string): string {
  const protocols = [
    `wd-sync.1, bearer.${accessToken}`,
    `bearer.${accessToken}`,
    `y-websocket, bearer.${accessToken.slice(0, -3)}`,
    `y-websocket, bearer.`,
    `y-websocket, bearer.x.y.z`,
    `bearer.${accessToken}, bearer.${accessToken}x`,
    `y-websocket, y-websocket, bearer.${accessToken}`,
    ', ,',
    'a b',
    'y-websocket;bearer.x',
    `${'p, '.repeat(500)}bearer.${accessToken}`,
    'bearer.'.repeat(1_500),
    '\u0001',
  ]
  const honest = seeded.percent(50)
  const lines = [
    `GET /api/sync/${honest ? 'votes' : seeded.pick(HOSTILE_DOCUMENTS)}?${seeded.pick(HOSTILE_QUERIES)} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Version: ${seeded.percent(90) ? 13 : seeded.below(20)}`,
    seeded.percent(90) ? KEY : 'Sec-WebSocket-Key: short',
    `Sec-WebSocket-Protocol: ${honest ? protocols[0] : seeded.pick(protocols)}`,
    ...(seeded.percent(10)
      ? ['Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99']
      : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** First byte of a WebSocket frame that closes. */
const CLOSE_FRAME = 0x88
const HEADERS_END = '\r\n\r\n'

interface Answer {
  readonly status: number
  /** Nothing when the first frame of the server was not a close. */
  readonly closeCode: number | undefined
}

/** Sends a request. Resolves with the refusal, or with the first frame: the server begins with one as soon as it lets in. */
function answerTo(url: string, request: string): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = createConnection(Number(port), hostname, () => socket.write(request))
    let received = Buffer.alloc(0)
    const end = () => {
      socket.destroy()
      resolve(answerIn(received))
    }
    socket.on('data', data => {
      received = Buffer.concat([received, data])
      const { status } = answerIn(received)
      if (status === 101 ? frameIn(received).length >= 4 : received.includes(HEADERS_END)) end()
    })
    socket.on('end', end)
    socket.on('error', reject)
    socket.setTimeout(10_000, () => reject(new Error(`No answer to ${request.slice(0, 500)}`)))
  })
}

function answerIn(received: Buffer): Answer {
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received.toString('latin1'))?.[1] ?? 0)
  const frame = frameIn(received)
  const closeCode = frame[0] === CLOSE_FRAME && frame.length >= 4 ? frame.readUInt16BE(2) : undefined
  return { status, closeCode }
}

function frameIn(received: Buffer): Buffer {
  const at = received.indexOf(HEADERS_END)
  return at < 0 ? Buffer.alloc(0) : received.subarray(at + HEADERS_END.length)
}
