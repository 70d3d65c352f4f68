// Starts a server on databases that are migrated, and stops it without losing anything it has received.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { type ContextOptions, createContext } from './context.ts'
import { maxFrameBytes } from './sync/limits.ts'
import { acceptUpgrades } from './sync/upgrade.ts'

/** How long a stop waits for what is left of a Postgres that says nothing. All that was acknowledged is committed. */
const FAREWELL_MS = 4_500

/** A server that accepts connections. Disposing it stops accepting, commits and acknowledges what it received, and closes. */
export interface RunningServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8787`. */
  readonly url: string
}

/** Starts a server. Resolves once it accepts connections. */
export async function startServer(
  config: Config,
  logger: Logger,
  options: ContextOptions = {},
): Promise<RunningServer> {
  const context = await createContext(config, logger, options)
  try {
    const { server, port } = await listen(createApp(context).fetch, config)
    acceptUpgrades(server, context.sync, {
      maxFrameBytes: maxFrameBytes(context.limits),
      trustProxy: config.trustProxy,
    })
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    return {
      url: `http://${host}:${port}`,
      async [Symbol.asyncDispose]() {
        const closed = new Promise(resolve => server.close(resolve))
        await context.sync.shutDown()
        server.closeAllConnections()
        await Promise.race([Promise.all([context[Symbol.asyncDispose](), closed]), pause(FAREWELL_MS)])
      },
    }
  } catch (error) {
    await context[Symbol.asyncDispose]()
    throw error
  }
}

function listen(
  fetch: ReturnType<typeof createApp>['fetch'],
  { host, port }: Config,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer(getRequestListener(fetch))
    server.once('error', reject)
    server.listen(port, host, () => resolve({ server, port: (server.address() as AddressInfo).port }))
  })
}
