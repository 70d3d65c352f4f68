// A running Chromium and its profiles. Everything that pages ask of the network, and each violation of their CSP, is kept.
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumProgram } from './chromium.ts'

/** What pages of a profile did that somebody might object to. */
export interface Watched {
  /** URLs, those of sockets included. */
  readonly requests: string[]
  readonly violations: string[]
  /** Errors that nobody caught. */
  readonly errors: string[]
}

/** Cookies, storage and databases of one person. */
export interface Profile extends AsyncDisposable {
  readonly context: BrowserContext
  readonly watched: Watched
  /** A tab on this URL, whose scripts have run. */
  open(url: string): Promise<Page>
}

/** As root Chromium starts without its sandbox only. The shell is told not to save on processes: tabs are to crash alone. */
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--process-per-tab']

/** Starts a browser whose profiles are gone with it. */
export async function startBrowser(): Promise<AsyncDisposable & { newProfile(): Promise<Profile> }> {
  const { path, env } = await chromiumProgram()
  const browser: Browser = await chromium.launch({
    executablePath: path,
    args: ARGS,
    env: { ...cleanEnvironment(), ...env },
  })
  return {
    newProfile: async () => watch(await browser.newContext()),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

/** A profile on the disk, in a browser of its own. */
export interface KeptProfile extends Profile {
  /** Ends the browser at once, as a crash of the machine would end it as far as programs go. */
  kill(): Promise<void>
}

/** Starts a browser with one profile, which stays in `directory`, on the disk: others are in memory only. */
export async function startBrowserIn(directory: string): Promise<KeptProfile> {
  const { path, env } = await chromiumProgram()
  const context = await chromium.launchPersistentContext(directory, {
    executablePath: path,
    args: ARGS,
    env: { ...cleanEnvironment(), ...env },
  })
  return {
    ...(await watch(context)),
    async kill() {
      const closed = new Promise(resolve => context.once('close', resolve))
      for (const id of await processesOf(directory)) process.kill(id, 'SIGKILL')
      await closed
    },
  }
}

/** The browser that keeps its profile in this directory; its other processes go with it. */
async function processesOf(directory: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const commands = await Promise.all(ids.map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.flatMap((id, index) => {
    const words = commands[index]?.split('\0') ?? []
    const isIt =
      words.includes(`--user-data-dir=${directory}`) && !words.some(word => word.startsWith('--type='))
    return isIt ? [Number(id)] : []
  })
}

async function watch(context: BrowserContext): Promise<Profile> {
  const watched: Watched = { requests: [], violations: [], errors: [] }
  context.on('request', request => void watched.requests.push(request.url()))
  context.on('weberror', error => void watched.errors.push(String(error.error())))
  context.on('console', message => {
    if (/Content.Security.Policy|Trusted/.test(message.text())) watched.violations.push(message.text())
  })
  context.on('page', page => page.on('websocket', socket => void watched.requests.push(socket.url())))
  return {
    context,
    watched,
    async open(url) {
      const page = await context.newPage()
      await page.goto(url)
      return page
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Chromium gets no configuration of the tests. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = tmpdir() } = process.env
  return { PATH, HOME }
}
