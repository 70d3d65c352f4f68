// A real SMTP server on loopback that keeps what it is given, and fails as told.
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly to: readonly string[]
  /** Header fields by their names in lower case, encoded words decoded. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, decoded. */
  readonly text: string
  /** All of it, as it came. */
  readonly raw: string
}

/** A running server. */
export interface SmtpServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** Codes that recipients were refused with. */
  readonly refused: readonly number[]
}

/** Starts one; recipients are refused with the codes given, one after the other, then taken. */
export async function startSmtpServer(
  options: { readonly port?: number; readonly refuseWith?: readonly number[] } = {},
): Promise<SmtpServer> {
  const mails: ReceivedMail[] = []
  const refused: number[] = []
  const codes = [...(options.refuseWith ?? [])]
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const responseCode = codes.shift()
      if (responseCode === undefined) return done()
      refused.push(responseCode)
      // As mail servers do: with the address.
      done(Object.assign(new Error(`<${address}> refused`), { responseCode }))
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', chunk => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, ...parse(Buffer.concat(chunks).toString('latin1')) })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    refused,
    [Symbol.asyncDispose]: () => new Promise(resolve => server.close(() => resolve())),
  }
}

function parse(raw: string): Omit<ReceivedMail, 'to'> {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ')
  const headers = Object.fromEntries(
    lines.split('\r\n').map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())]
    }),
  )
  const body = raw.slice(end + 4)
  return {
    raw,
    headers,
    text: decodeBody(body, headers['content-transfer-encoding']).replaceAll('\r\n', '\n'),
  }
}

function decodeBody(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  return encoding === 'quoted-printable' ? decodeQuoted(body.replace(/=\r\n/g, '')) : body
}

const decodeQuoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()

const decodeWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi, (_, kind, word) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : decodeQuoted(word.replaceAll('_', ' ')),
    )
