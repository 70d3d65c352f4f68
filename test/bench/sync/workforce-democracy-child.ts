// This project's server as it is served, in a process that can be measured. Only limits may be raised, and announcements left out.
import { pino } from 'pino'
import type { OpenTransport } from '../../../server/src/bus/bus.ts'
import { loadSettings } from '../../../server/src/config.ts'
import { startServer } from '../../../server/src/main.ts'
import { developmentSecrets } from '../../../server/src/secrets.ts'
import { answerCalls } from './calls.ts'
import { createSelfMeasurement } from './self-measurement.ts'

const settings = loadSettings(process.env)
const { databaseUrl, databaseDirectUrl, keysDatabaseUrl } = settings
if (!databaseUrl || !databaseDirectUrl || !keysDatabaseUrl) throw new Error('The databases are missing.')
/** Carries nothing. */
const silent: OpenTransport = () => ({
  maxTextBytes: Number.POSITIVE_INFINITY,
  publish: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
})
const server = await startServer(
  {
    ...settings,
    ...(await developmentSecrets(settings.dataDir)),
    databaseUrl,
    databaseDirectUrl,
    keysDatabaseUrl,
  },
  pino({ level: 'warn' }, pino.destination(2)),
  {
    limits: JSON.parse(process.env.BENCH_LIMITS ?? '{}'),
    ...(process.env.BENCH_BUS === 'none' && { transport: silent }),
  },
)
process.once('SIGTERM', async () => {
  await server[Symbol.asyncDispose]()
  process.exit(0)
})
answerCalls({ ...createSelfMeasurement(), url: () => server.url })
