// What hands mails over: to an SMTP server, or without one to files.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MailLanguage } from '@workforce-democracy/shared'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import type { MailText } from './texts.ts'

/** A mail ready to go. */
export interface OutgoingMail extends MailText {
  /** The same at every try, so that a mail that arrives twice can be told to be one. */
  readonly id: string
  readonly to: string
  readonly language: MailLanguage
}

/** What became of a mail. `class` is all that is ever said of a failure: servers quote addresses in their answers. */
export type Handover =
  | { readonly sent: true }
  | {
      readonly sent: false
      readonly class: '4xx' | '5xx' | 'unreachable'
      /** Whether it would fail again however often it is tried. */
      readonly forGood: boolean
    }

/** Hands mails over. */
export interface Mailer {
  send(mail: OutgoingMail): Promise<Handover>
}

/** Shorter together than a mail is claimed for. */
const TIMEOUTS = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  dnsTimeout: 10_000,
  socketTimeout: 20_000,
}

/** Sends over SMTP (`smtp://` or `smtps://`). */
export function createSmtpMailer(options: { readonly smtpUrl: string; readonly from: string }): Mailer {
  const transport = nodemailer.createTransport({
    ...{ url: options.smtpUrl, ...TIMEOUTS },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(mail) {
      try {
        await transport.sendMail(toMessage(options.from, mail))
        return { sent: true }
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

/** Writes `.eml` files that only we can read, into a directory that only we can enter. */
export function createFileMailer(options: { readonly directory: string; readonly from: string }): Mailer {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  return {
    async send(mail) {
      const { message } = await transport.sendMail(toMessage(options.from, mail))
      await mkdir(options.directory, { recursive: true, mode: 0o700 })
      await writeFile(join(options.directory, `${mail.id}.eml`), message as Buffer, { mode: 0o600 })
      return { sent: true }
    },
  }
}

/** Text and nothing else: no HTML, no images, nothing that tells anybody that it was read. */
function toMessage(from: string, { id, to, language, subject, text }: OutgoingMail): SendMailOptions {
  const [, domain = 'localhost'] = /@([^\s>]+)>?$/.exec(from) ?? []
  return {
    ...{ from, subject, text },
    to: { name: '', address: to },
    messageId: `<${id}@${domain}>`,
    // Nobody's vacation notice answers it.
    headers: { 'Content-Language': language, 'Auto-Submitted': 'auto-generated' },
    xMailer: false,
  }
}

function failureOf(error: unknown): Handover & { sent: false } {
  const { responseCode, code, command } = error as {
    responseCode?: number
    code?: string
    command?: string
  }
  // What is wrong with this mail stays wrong. What is wrong with our sender or our password somebody will mend.
  const ofMail = (code === 'EENVELOPE' && command !== 'MAIL FROM') || code === 'EMESSAGE'
  if (responseCode === undefined) return { sent: false, class: 'unreachable', forGood: ofMail }
  return responseCode >= 500
    ? { sent: false, class: '5xx', forGood: ofMail }
    : { sent: false, class: '4xx', forGood: false }
}
