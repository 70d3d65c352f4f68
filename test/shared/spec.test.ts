// SPEC.md, the code and the tests speak of the same rules.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = join(fileURLToPath(import.meta.url), '../../..')
const rules = [
  ...readFileSync(join(ROOT, 'shared/SPEC.md'), 'utf8').matchAll(/^- \*\*([A-Z]\d+)\*\* /gm),
].map(([, rule]) => rule ?? '')
const files = ['shared/src', 'client-sdk/src', 'server/src', 'test'].flatMap(folder =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => ({ path: `${folder}/${name}`, text: readFileSync(join(ROOT, folder, name), 'utf8') })),
)

it('every rule has a number of its own', () => {
  expect(rules.length).toBeGreaterThan(50)
  expect([...new Set(rules)]).toEqual(rules)
})

it('every rule that a test or the code quotes is there', () => {
  const unknown = files.flatMap(({ path, text }) =>
    quotedIn(text)
      .filter(rule => !rules.includes(rule))
      .map(rule => `${path}: ${rule}`),
  )
  expect(unknown).toEqual([])
})

it('every rule of registers, sync, instances, generations, envelopes, export, jobs, keys, operation, browsers and the web app has a test that quotes it', () => {
  const quoted = new Set(
    files.filter(({ path }) => path.endsWith('.test.ts')).flatMap(({ text }) => quotedIn(text)),
  )
  const untested = rules.filter(rule => /^[RPIGEXJKOBTW]/.test(rule) && !quoted.has(rule))
  // Kept by the SDK, whose tests say so in words: the store in envelopes, the import that joins. By the build: its size.
  expect(untested).toEqual(['E7', 'X9', 'W6'])
})

/** Rules as `[R4]` in the name of a test, or as `SPEC R4` or `SPEC R4–R7` in a comment. */
function quotedIn(text: string): string[] {
  const single = [...text.matchAll(/\[([A-Z]\d+)\]/g)].map(([, rule]) => rule ?? '')
  const ranges = [...text.matchAll(/SPEC ([A-Z]\d+)(?:–([A-Z]\d+))?/g)]
  return [...single, ...ranges.flatMap(([, from = '', to]) => [from, ...(to ? [to] : [])])]
}
