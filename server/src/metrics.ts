// What the server measures of itself, in the form of Prometheus. No label ever names a person or a document.
import type { ErrorCode } from '@workforce-democracy/shared'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What the parts of the server report. */
export interface Metrics {
  /** One group commit. */
  committed(documents: number, updates: number): void
  /** An update is durable, so long after it was received. */
  acknowledged(seconds: number): void
  compacted(): void
  /** A document was moved to a new generation. */
  moved(): void
  /** What is new of a document was projected. */
  projected(): void
  /** A connection was refused or closed for a reason of the table of errors, or cut off for want of a pong. */
  refused(reason: ErrorCode | 'no-pong'): void
  /** A mail was handed over. */
  mailSent(): void
  /** A mail was not taken, by the class of the SMTP answer, or given up. */
  mailFailed(failure: '4xx' | '5xx' | 'unreachable' | 'given-up'): void
  /** Measures what is asked for at each scrape. */
  observe(gauge: keyof typeof GAUGES, read: () => number): void
  /** All of it, as text. */
  text(): Promise<string>
  readonly contentType: string
}

const GAUGES = {
  rooms: 'Documents that somebody has open here',
  sockets: 'Open WebSockets',
  sessions: 'Documents open over these WebSockets',
  queued_bytes: 'Bytes received and not committed yet',
  heap_bytes: 'Bytes of the JavaScript heap in use',
} as const

/** Makes the metrics of one server. */
export function createMetrics(): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const commits = new Counter({ name: 'wd_commits_total', help: 'Group commits', registers })
  const batch = new Histogram({
    name: 'wd_commit_updates',
    help: 'Updates of a group commit',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers,
  })
  const documents = new Histogram({
    name: 'wd_commit_documents',
    help: 'Documents of a group commit',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers,
  })
  const acknowledgement = new Histogram({
    name: 'wd_acknowledgement_seconds',
    help: 'From the reception of an update until it is durable',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers,
  })
  const compactions = new Counter({ name: 'wd_compactions_total', help: 'Compactions', registers })
  const moves = new Counter({ name: 'wd_generations_total', help: 'Generations started', registers })
  const projections = new Counter({
    name: 'wd_projections_total',
    help: 'Projections of what was new of a document',
    registers,
  })
  const refusals = new Counter({
    name: 'wd_refusals_total',
    help: 'Connections refused or closed by this server',
    labelNames: ['reason'],
    registers,
  })
  const mails = new Counter({ name: 'wd_mails_sent_total', help: 'Mails handed over', registers })
  const mailFailures = new Counter({
    name: 'wd_mail_failures_total',
    help: 'Tries to hand a mail over that failed, and mails given up',
    labelNames: ['class'],
    registers,
  })
  return {
    committed(documentCount, updateCount) {
      commits.inc()
      batch.observe(updateCount)
      documents.observe(documentCount)
    },
    acknowledged: seconds => acknowledgement.observe(seconds),
    compacted: () => compactions.inc(),
    moved: () => moves.inc(),
    projected: () => projections.inc(),
    refused: reason => refusals.inc({ reason }),
    mailSent: () => mails.inc(),
    mailFailed: failure => mailFailures.inc({ class: failure }),
    observe(gauge, read) {
      new Gauge({
        name: `wd_${gauge}`,
        help: GAUGES[gauge],
        registers,
        collect() {
          this.set(read())
        },
      })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
