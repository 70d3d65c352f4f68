// Hocuspocus with its database extension over Postgres: one row a document, as its documentation shows.
import { Database } from '@hocuspocus/extension-database'
import { Server } from '@hocuspocus/server'
import pg from 'pg'
import { answerCalls } from './calls.ts'
import { createSelfMeasurement } from './self-measurement.ts'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const debounceMs = process.env.BENCH_DEBOUNCE_MS

const server = new Server({
  port: 0,
  quiet: true,
  ...(debounceMs !== undefined && { debounce: Number(debounceMs) }),
  extensions: [
    new Database({
      async fetch({ documentName }) {
        const { rows } = await pool.query<{ data: Buffer }>({
          name: 'fetch',
          text: 'select data from hocuspocus_documents where name = $1',
          values: [documentName],
        })
        return rows[0]?.data ?? null
      },
      async store({ documentName, state }) {
        await pool.query({
          name: 'store',
          text: `insert into hocuspocus_documents (name, data) values ($1, $2)
                 on conflict (name) do update set data = excluded.data`,
          values: [documentName, state],
        })
      },
    }),
  ],
})
await server.listen()
answerCalls({ ...createSelfMeasurement(), url: () => `http://127.0.0.1:${server.address.port}` })
