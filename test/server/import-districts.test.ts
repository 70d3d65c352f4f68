// The table of postcodes and districts: from a file to the whole table that devices fetch.
import { type DistrictTable, districtsOf } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createApp } from '../../server/src/app.ts'
import { createContext } from '../../server/src/context.ts'
import { createImportDesk } from '../support/importing.ts'
import { testConfig } from '../support/server.ts'

const desk = await createImportDesk()
const context = await createContext(testConfig(desk.databases), pino({ level: 'silent' }))
const app = createApp(context)
afterAll(async () => {
  await context[Symbol.asyncDispose]()
  await desk[Symbol.asyncDispose]()
})
beforeEach(() => desk.clear())

const importCsv = async (...lines: readonly string[]) =>
  desk.importFile('districts', await desk.write('districts.csv', `${lines.join('\n')}\n`))
const ZIPS = 'state_fips,state_abbr,zcta,cd'
const table = async (jurisdiction: string): Promise<DistrictTable> =>
  (await app.request(`/api/civic/districts?jurisdiction=${jurisdiction}`)).json()

test('[O21] a file is imported once, and what its next edition no longer has goes', async () => {
  const first = [ZIPS, '01,AL,35004,3', '01,AL,35005,6', '01,AL,35005,07', '50,VT,05001,0']
  expect(await importCsv(...first)).toMatchObject({ code: 0, stdout: expect.stringContaining('4 added') })
  expect(await importCsv(...first)).toMatchObject({
    stdout: expect.stringContaining('0 added, 0 updated, 4 unchanged'),
  })
  const before = await table('us')
  expect(before.districts).toEqual([
    { state: 'AL', district: '3', postcodes: '35004' },
    { state: 'AL', district: '6', postcodes: '35005' },
    { state: 'AL', district: '7', postcodes: '35005' },
    // A state that is one district, as the list of members has it.
    { state: 'VT', district: '0', postcodes: '05001' },
  ])
  const abroad = 'jurisdiction,postcode,state,district'
  await importCsv(abroad, 'gb,zz1 1aa,England,Made-up North')
  await importCsv(ZIPS, '01,AL,35004,2', '50,VT,05001,0')
  expect((await table('us')).districts.map(({ state, district }) => state + district)).toEqual(['AL2', 'VT0'])
  expect(districtsOf(await table('gb'), 'ZZ1 1AA')).toEqual([{ state: 'England', district: 'Made-up North' }])
})

test('[O22] what is no district is left out and said, and the file’s absent rows stay', async () => {
  await importCsv(ZIPS, '01,AL,35004,3')
  const answer = await importCsv(
    ZIPS,
    '01,Alabama,35005,6',
    '01,AL,3500,6',
    '01,AL,35006,at large',
    '01,AL,35007,6',
  )
  expect(answer.code).toBe(2)
  expect(answer.stderr).toContain('line 2: state_abbr')
  expect((await table('us')).districts.map(({ postcodes }) => postcodes)).toEqual(['35004', '35007'])
  const [run] = await desk.rows(
    'select kind, rejected::int, rejected_lines, finished_at from import_runs order by id desc',
  )
  expect(run).toMatchObject({ kind: 'districts', rejected: 3, finished_at: expect.any(Date) })
  expect(run?.rejected_lines).toHaveLength(3)
})

test('[O21] devices fetch the whole table of a country, and are not sent it again', async () => {
  await importCsv(ZIPS, '01,AL,35004,3')
  const url = '/api/civic/districts?jurisdiction=us'
  const answer = await app.request(url, { headers: { 'accept-encoding': 'br' } })
  expect(answer.headers.get('content-encoding')).toBe('br')
  const etag = answer.headers.get('etag') ?? ''
  expect((await app.request(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
  await importCsv(ZIPS, '01,AL,35004,4')
  expect((await app.request(url, { headers: { 'if-none-match': etag } })).status).toBe(200)
  expect(await table('fr')).toMatchObject({ jurisdiction: 'fr', districts: [] })
  expect((await app.request('/api/civic/districts')).status).toBe(400)
  // No route takes a postcode.
  expect((await app.request(`${url}&postcode=35004`)).headers.get('etag')).not.toBe(null)
  expect(await (await app.request(`${url}&postcode=35004`)).json()).toEqual(await table('us'))
})
