// This project's server as it is served, in a process that can be measured. Only limits may be raised.
import { pino } from 'pino'
import { loadSettings } from '../../../server/src/config.ts'
import { startServer } from '../../../server/src/main.ts'
import { developmentSecrets } from '../../../server/src/secrets.ts'
import { answerCalls } from './calls.ts'
import { createSelfMeasurement } from './self-measurement.ts'

const settings = loadSettings(process.env)
const { databaseUrl, databaseDirectUrl, keysDatabaseUrl } = settings
if (!databaseUrl || !databaseDirectUrl || !keysDatabaseUrl) throw new Error('The databases are missing.')
const server = await startServer(
  {
    ...settings,
    ...(await developmentSecrets(settings.dataDir)),
    databaseUrl,
    databaseDirectUrl,
    keysDatabaseUrl,
  },
  pino({ level: 'warn' }, pino.destination(2)),
  { limits: JSON.parse(process.env.BENCH_LIMITS ?? '{}') },
)
process.once('SIGTERM', async () => {
  await server[Symbol.asyncDispose]()
  process.exit(0)
})
answerCalls({ ...createSelfMeasurement(), url: () => server.url })
