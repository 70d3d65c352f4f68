// Starts a server on databases that are migrated, and stops it without losing anything it has received.
import { type ServerType, serve } from '@hono/node-server'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { type ContextOptions, createContext } from './context.ts'
import { DEFAULT_SYNC_LIMITS, maxFrameBytes } from './sync/limits.ts'
import { selectSubprotocol } from './sync/sync-server.ts'

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
    const { server, port } = await listen(
      createApp(context).fetch,
      config,
      maxFrameBytes({ ...DEFAULT_SYNC_LIMITS, ...options.limits }),
    )
    const host = config.host.includes(':') ? `[${config.host}]` : config.host
    return {
      url: `http://${host}:${port}`,
      async [Symbol.asyncDispose]() {
        const closed = new Promise(resolve => server.close(resolve))
        await context.sync.shutDown()
        if ('closeAllConnections' in server) server.closeAllConnections()
        await context[Symbol.asyncDispose]()
        await closed
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
  maxPayload: number,
): Promise<{ server: ServerType; port: number }> {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload,
    perMessageDeflate: false,
    handleProtocols: selectSubprotocol,
  })
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port, websocket: { server: webSockets } }, info =>
      resolve({ server, port: info.port }),
    )
    server.once('error', reject)
  })
}
