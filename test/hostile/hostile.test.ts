// The SDK's sync against a server that lies, case by case.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { CASES } from './cases.ts'
import { Story } from './story.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('a server that', () => {
  test.concurrent.each(CASES)(
    '[L16] [T5] $what',
    async ({ run }) => {
      await using story = await Story.begin(server)
      await run(story)
      await story.endWell()
    },
    90_000,
  )
})

test('docs/hostile-server.md tells of every case', () => {
  const page = readFileSync(new URL('../../docs/hostile-server.md', import.meta.url), 'utf8')
  const told = page.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
  for (const { what, detected, outcome } of CASES)
    expect(told).toContain(`| ${what} | ${detected} | ${outcome} |`)
})
