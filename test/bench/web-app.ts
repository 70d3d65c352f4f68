// A cold start of the web app in a fresh browser profile, by Chromium's own tracing. `npm run bench:app -- --rounds 7`
import { parseArgs } from 'node:util'
import { type Profile, startBrowser } from '../support/browser/browser.ts'
import { buildWebApp } from '../support/built-web-app.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'

interface TraceEvent {
  readonly name: string
  readonly ts: number
  readonly dur?: number
  readonly args?: { readonly data?: { readonly navigationId?: string; readonly documentLoaderURL?: string } }
}

/** A task that holds up whoever presses something. */
const LONG_TASK_US = 50_000
/** So long nothing may hold the page up before it counts as ready. */
const QUIET_MS = 1_000

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
await buildWebApp()
await using data = await createTemporaryDirectory()
await using server = await startServerProcess({ dataDir: data.path })
await using browser = await startBrowser()
const starts = []
for (let round = 0; round < Number(values.rounds); round++) {
  await using profile = await browser.newProfile()
  starts.push(await coldStart(profile, server.url))
}
for (const name of ['firstContentfulPaintMs', 'pageShownMs', 'interactiveMs'] as const) {
  const sorted = starts.map(each => each[name]).sort((a, b) => a - b)
  console.log(`${name}: median ${sorted[sorted.length >> 1]}, ${sorted[0]} to ${sorted.at(-1)}`)
}

async function coldStart(profile: Profile, url: string) {
  const page = await profile.context.newPage()
  const devtools = await profile.context.newCDPSession(page)
  const events: TraceEvent[] = []
  devtools.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  const completed = new Promise(resolve => devtools.once('Tracing.tracingComplete', resolve))
  const categories = ['loading', 'blink.user_timing', 'devtools.timeline', 'toplevel']
  await devtools.send('Tracing.start', { traceConfig: { includedCategories: categories } })
  await page.goto(url)
  await page.waitForFunction(() => performance.getEntriesByName('page-shown').length > 0)
  await page.waitForTimeout(QUIET_MS)
  await devtools.send('Tracing.end')
  await completed
  return measured(events)
}

/** Milliseconds from the navigation: the first paint, the page itself, and the end of the last long task before it is quiet. */
function measured(events: readonly TraceEvent[]) {
  const atOf = (name: string) => events.find(each => each.name === name)?.ts ?? Number.NaN
  const startUs =
    events.find(
      ({ name, args }) => name === 'navigationStart' && args?.data?.documentLoaderURL?.startsWith('http'),
    )?.ts ?? Number.NaN
  const shownUs = atOf('page-shown')
  const longEnds = events.flatMap(({ name, ts, dur = 0 }) =>
    name === 'RunTask' && dur >= LONG_TASK_US && ts < shownUs ? [ts + dur] : [],
  )
  const toMs = (us: number) => Math.round((us - startUs) / 1000)
  return {
    firstContentfulPaintMs: toMs(atOf('firstContentfulPaint')),
    pageShownMs: toMs(shownUs),
    interactiveMs: toMs(Math.max(shownUs, ...longEnds)),
  }
}
