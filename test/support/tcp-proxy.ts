// A proxy between two programs that can be slow, go away, come back, and swallow what they say.
import { connect, createServer, type Socket } from 'node:net'
import type { TestDatabases } from './postgres.ts'

/** A proxy on a port of its own. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Resets every connection; with `refuse` new ones too, until {@link restore}. */
  cut(options?: { readonly refuse: boolean }): void
  restore(): void
  /** Passes nothing on in either direction, not even an end; new connections fare no better until {@link restore}. */
  swallow(): void
  /** Connects to another port from now on. */
  retarget(port: number): void
  /** Holds back what comes from behind, so long in milliseconds. */
  delay(delayMs: number): void
}

/** Starts a proxy to a port on loopback. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  /** Those whose peers are out of reach: bytes went missing, so they never come back. */
  const lost = new WeakSet<Socket>()
  let refusing = false
  let swallowing = false
  let port = targetPort
  let delayMs = 0
  const server = createServer(front => {
    if (refusing) {
      front.destroy()
      return
    }
    const back = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [front, back],
      [back, front],
    ] as const) {
      sockets.add(from)
      if (swallowing) lost.add(from)
      from.on('data', data => {
        if (lost.has(from)) return
        if (from === front || delayMs === 0) to.write(data)
        else setTimeout(() => to.write(data), delayMs)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!lost.has(from)) to.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = (options = { refuse: false }) => {
    refusing = options.refuse
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut,
    restore() {
      refusing = false
      swallowing = false
    },
    swallow() {
      swallowing = true
      for (const socket of sockets) lost.add(socket)
    },
    retarget(other) {
      port = other
    },
    delay(ms) {
      delayMs = ms
    },
    async [Symbol.asyncDispose]() {
      cut({ refuse: true })
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** The same databases, reached through a proxy; disposing them is left to their owner. */
export function throughProxy(
  { databaseUrl, keysDatabaseUrl }: Pick<TestDatabases, 'databaseUrl' | 'keysDatabaseUrl'>,
  port: number,
): TestDatabases {
  const by = (url: string) => Object.assign(new URL(url), { port: String(port) }).href
  return {
    databaseUrl: by(databaseUrl),
    keysDatabaseUrl: by(keysDatabaseUrl),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
