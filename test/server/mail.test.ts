// Mails from the transaction that decides on them to a mailbox, over a real SMTP server that also fails.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inTransaction } from '../../server/src/db/database.ts'
import { createJobs } from '../../server/src/jobs/jobs.ts'
import { createMailOutbox } from '../../server/src/mail/mail-outbox.ts'
import { createFileMailer, createSmtpMailer, type Mailer } from '../../server/src/mail/mailer.ts'
import type { Mail, MailContent } from '../../server/src/mail/outbox.ts'
import { mailText } from '../../server/src/mail/texts.ts'
import { createMetrics } from '../../server/src/metrics.ts'
import { createTestAccounts, type TestAccounts } from '../support/accounts.ts'
import { freePort } from '../support/free-port.ts'
import { type SmtpServer, startSmtpServer } from '../support/smtp-server.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'

const ADDRESS = 'ada.example@mail.example'
const TOKEN = 'made-up-token-of-a-mail-0123456789'
const FROM = 'Workforce Democracy <no-reply@wd.example>'
const PUBLIC_URL = 'https://wd.example'
const NEVER = { 'send-due-mails': 3_600, 'compact-left': 3_600, expire: 3_600, 'count-community': 3_600 }

let base: TestAccounts
let personId: string
const log: string[] = []
const logger = pino({ level: 'trace' }, { write: line => void log.push(line) })
beforeAll(async () => {
  base = await createTestAccounts()
  const { user } = await base.accounts.register({ username: 'made-up', password: 'made-up password' })
  personId = user.id
})
afterAll(() => base[Symbol.asyncDispose]())

/** The outbox and jobs of one server. */
function startMailing(mailer: Mailer | string) {
  const metrics = createMetrics()
  const outbox = createMailOutbox({
    ...{ pool: base.pool, dataKeys: base.dataKeys, metrics, logger, publicUrl: PUBLIC_URL },
    mailer: typeof mailer === 'string' ? createSmtpMailer({ smtpUrl: mailer, from: FROM }) : mailer,
    retryMs: () => 20,
  })
  const nothing = async () => undefined
  const jobs = createJobs({
    connectionString: base.pool.options.connectionString!,
    everySeconds: NEVER,
    logger,
    tasks: {
      'send-mail': ({ mailId }) => outbox.send(mailId),
      'send-due-mails': () => outbox.sendDue(),
      expire: nothing,
      'compact-left': nothing,
      'count-community': nothing,
    },
  })
  const add = (mail: Partial<Mail> = {}) => inTransaction(base.pool, db => outbox.add(db, letter(mail)))
  return { outbox, metrics, add, [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose]() }
}

const letter = (mail: Partial<Mail> = {}): Mail => ({
  ...{ personId, to: ADDRESS, language: 'en', content: { kind: 'reset-password', token: TOKEN } },
  ...mail,
})

const waiting = async (): Promise<number> =>
  (await base.pool.query('select id from mail_outbox')).rowCount ?? 0
const arrived = (smtp: SmtpServer, count = 1) =>
  until(async () => smtp.mails.length >= count && (await waiting()) === 0)

describe('a mail', () => {
  test.each([
    ['en', 'Choose a new password', 'You can choose a new password'],
    ['es', 'Elige una contraseña nueva', 'Aquí puedes elegir una contraseña nueva'],
  ] as const)(
    '[J5] arrives as plain text in %s, with one link and nothing else',
    async (language, subject, words) => {
      await using smtp = await startSmtpServer()
      await using mailing = startMailing(smtp.url)
      await mailing.add({ language })
      await arrived(smtp)
      const [mail] = smtp.mails
      expect(mail?.to).toEqual([ADDRESS])
      expect(mail?.headers).toMatchObject({
        ...{ from: FROM, to: ADDRESS, subject, 'content-language': language },
        'content-type': 'text/plain; charset=utf-8',
      })
      expect(mail?.headers['message-id']).toMatch(/^<[0-9a-f-]{36}@wd\.example>$/)
      expect(Object.keys(mail?.headers ?? {})).not.toContain('x-mailer')
      expect(mail?.text).toContain(words)
      expect(mail?.text.match(/https?:\S+/g)).toEqual([`${PUBLIC_URL}/reset-password#token=${TOKEN}`])
      expect(mail?.raw).not.toMatch(/<(html|img|a)\b|multipart|made-up password/i)
    },
  )

  test.each([
    'verify-email',
    'reset-password',
    'password-changed',
    'password-reset',
    'email-changing',
    'account-deleted',
  ] as const)('[J5] %s is short, said in both languages, and links to nothing but its page', kind => {
    const content = { kind, token: TOKEN } as MailContent
    const texts = (['en', 'es'] as const).map(language => mailText(language, content, PUBLIC_URL))
    for (const { subject, text } of texts) {
      expect(subject.length).toBeLessThan(60)
      expect(text.length).toBeLessThan(700)
      expect(text).not.toMatch(/[<>]|undefined|tracking/)
      const links = text.match(/https?:\S+/g) ?? []
      expect(links).toEqual(/verify|reset-p/.test(kind) ? [`${PUBLIC_URL}/${kind}#token=${TOKEN}`] : [])
    }
    expect(texts[0]?.subject).not.toBe(texts[1]?.subject)
  })

  test('[J1][J2] waits encrypted while the mail server is away, its job holds its id alone, and it arrives once that is back', async () => {
    const port = await freePort()
    await using mailing = startMailing(`smtp://127.0.0.1:${port}`)
    await mailing.add()
    await until(async () => /unreachable"\} [1-9]/.test(await mailing.metrics.text()))
    const { rows: mails } = await base.pool.query('select * from mail_outbox')
    const { rows: jobs } = await base.pool.query('select * from graphile_worker._private_jobs')
    expect(mails).toHaveLength(1)
    // One, and while it ends the one of the next try.
    const payloads = jobs.map(({ payload }) => JSON.stringify(payload)).filter(payload => payload !== '{}')
    expect(new Set(payloads)).toEqual(new Set([JSON.stringify({ mailId: mails[0].id })]))
    const stored = [
      JSON.stringify(jobs),
      ...Object.values(mails[0]).map(value =>
        Buffer.isBuffer(value) ? value.toString('latin1') : String(value),
      ),
    ].join()
    expect(stored).not.toMatch(/ada|mail\.example|made-up-token|reset-password/)
    await using smtp = await startSmtpServer({ port })
    await arrived(smtp)
    expect(smtp.mails).toHaveLength(1)
    expect(await mailing.metrics.text()).toContain('wd_mails_sent_total 1')
  })

  test('[J3] that is refused for now is tried again until it is taken', async () => {
    await using smtp = await startSmtpServer({ refuseWith: [451] })
    await using mailing = startMailing(smtp.url)
    await mailing.add()
    await arrived(smtp)
    expect(smtp.refused).toEqual([451])
    expect(smtp.mails).toHaveLength(1)
    expect(await mailing.metrics.text()).toContain('wd_mail_failures_total{class="4xx"} 1')
  })

  test('[J3] that is refused for good is not tried again', async () => {
    await using smtp = await startSmtpServer({ refuseWith: [550] })
    await using mailing = startMailing(smtp.url)
    await mailing.add()
    await until(async () => (await waiting()) === 0)
    // Whatever came of it would have come before this.
    await mailing.add({ to: 'other@mail.example' })
    await arrived(smtp)
    expect(smtp.refused).toEqual([550])
    expect(smtp.mails.map(({ to }) => to)).toEqual([['other@mail.example']])
    const metrics = await mailing.metrics.text()
    expect(metrics).toContain('wd_mail_failures_total{class="5xx"} 1')
    expect(metrics).toContain('wd_mail_failures_total{class="given-up"} 1')
  })

  test('[J3] that nobody has taken for three days is given up', async () => {
    await using mailing = startMailing(`smtp://127.0.0.1:${await freePort()}`)
    await mailing.add()
    await base.pool.query(`update mail_outbox set created_at = now() - interval '73 hours'`)
    await until(async () => (await waiting()) === 0)
    expect(await mailing.metrics.text()).toContain('wd_mail_failures_total{class="given-up"} 1')
  })

  test('[J1] of a transaction that was rolled back is not sent', async () => {
    await using smtp = await startSmtpServer()
    await using mailing = startMailing(smtp.url)
    const rolledBack = inTransaction(base.pool, async db => {
      await mailing.outbox.add(db, letter())
      throw new Error('made up')
    })
    await expect(rolledBack).rejects.toThrow('made up')
    await mailing.add({ to: 'other@mail.example' })
    await arrived(smtp)
    expect(smtp.mails.map(({ to }) => to)).toEqual([['other@mail.example']])
  })

  test('[J1] is sent once by two servers, however often its job is there', async () => {
    await using smtp = await startSmtpServer()
    await using one = startMailing(smtp.url)
    await using _two = startMailing(smtp.url)
    for (let n = 0; n < 20; n++) await one.add()
    const { rows } = await base.pool.query<{ id: string }>('select id from mail_outbox')
    await Promise.all(rows.flatMap(({ id }) => [one.outbox.send(id), one.outbox.send(id)]))
    await arrived(smtp, 20)
    expect(smtp.mails).toHaveLength(20)
    expect(new Set(smtp.mails.map(({ headers }) => headers['message-id'])).size).toBe(20)
  })

  test('[J4] whose sender was killed is taken up by another, with the same Message-ID', async () => {
    await using smtp = await startSmtpServer()
    const real = createSmtpMailer({ smtpUrl: smtp.url, from: FROM })
    /** Hands over, and is never heard of again. */
    const killed: Mailer = {
      async send(mail) {
        await real.send(mail)
        return new Promise(() => undefined)
      },
    }
    const dying = startMailing(killed)
    await dying.add()
    await until(() => smtp.mails.length === 1)
    await dying[Symbol.asyncDispose]()
    await using mailing = startMailing(smtp.url)
    await mailing.outbox.sendDue()
    const [{ id }] = (await base.pool.query('select id from mail_outbox')).rows
    await mailing.outbox.send(id)
    // Not while it may still be at it.
    expect(smtp.mails).toHaveLength(1)
    await base.pool.query(`update mail_outbox set due_at = now() - interval '61 seconds'`)
    await mailing.outbox.sendDue()
    await arrived(smtp, 2)
    expect(new Set(smtp.mails.map(({ headers }) => headers['message-id'])).size).toBe(1)
  })

  test('[J6] becomes a file that only we can read where there is no mail server', async () => {
    await using directory = await createTemporaryDirectory()
    const path = join(directory.path, 'mail')
    await using mailing = startMailing(createFileMailer({ directory: path, from: FROM }))
    await mailing.add({ language: 'es' })
    await until(async () => (await waiting()) === 0)
    const [file = ''] = await readdir(path)
    expect(file).toMatch(/^[0-9a-f-]{36}\.eml$/)
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    expect((await stat(join(path, file))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(path, file), 'utf8')).toContain(`To: ${ADDRESS}`)
  })

  test('[J3] and its failures leave no address in any log', () => {
    expect(log.some(line => line.includes('a mail was not taken'))).toBe(true)
    expect(log.join('')).not.toMatch(/ada|mail\.example|made-up-token/)
  })
})
