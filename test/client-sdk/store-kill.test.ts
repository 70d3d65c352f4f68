import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { createSqliteStore } from '@workforce-democracy/client/node'
import { expect, it } from 'vitest'
import { builtFileNow } from '../support/built.ts'
import { openTestClient, temporaryDirectory } from './clients.ts'

const TRIALS = 20
const CHILD = builtFileNow(new URL('casting-child.ts', import.meta.url))

type Child = ChildProcessByStdio<Writable, Readable, null>

function startChild(path: string, round: number): Child {
  return spawn(process.execPath, [CHILD, path, String(round)], { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** Lets the child write for a random moment, kills it, and returns what it had reported as saved. */
async function castAndKill(child: Child, afterMs: number): Promise<string[]> {
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stdin.write('go\n')
  while (!output.includes('ready\n')) await once(child.stdout, 'data')
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  // What follows the last line break was cut off by the kill.
  return output.split('\n').slice(1, -1)
}

it(`nothing that was reported saved is lost: ${TRIALS} kills at random moments`, async () => {
  await using directory = await temporaryDirectory()
  const path = directory.at('store.sqlite')
  const reported: string[] = []
  // Starting takes far longer than a trial: two wait for their turn.
  const waiting = [startChild(path, 0), startChild(path, 1)]
  for (let round = 0; round < TRIALS; round++) {
    const child = waiting.shift()!
    if (round + 2 < TRIALS) waiting.push(startChild(path, round + 2))
    reported.push(...(await castAndKill(child, Math.random() * 150)))
    await using client = await openTestClient({ storage: createSqliteStore({ path }) })
    const present = new Set(client.votes.list().map(({ billId }) => billId))
    expect(reported.filter(billId => !present.has(billId))).toEqual([])
  }
  expect(reported.length).toBeGreaterThan(TRIALS * 5)
}, 60_000)
