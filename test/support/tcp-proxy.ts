// A proxy between server and Postgres that can be slow, go away, and come back.
import { connect, createServer, type Socket } from 'node:net'

/** A proxy on a port of its own. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Resets every connection; with `refuse` new ones too, until {@link restore}. */
  cut(options?: { readonly refuse: boolean }): void
  restore(): void
  /** Holds back what comes from behind, so long in milliseconds. */
  delay(delayMs: number): void
}

/** Starts a proxy to a port on loopback. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let refusing = false
  let delayMs = 0
  const server = createServer(front => {
    if (refusing) {
      front.destroy()
      return
    }
    const back = connect(targetPort, '127.0.0.1')
    for (const [from, to] of [
      [front, back],
      [back, front],
    ] as const) {
      sockets.add(from)
      from.on('data', data => {
        if (from === front || delayMs === 0) to.write(data)
        else setTimeout(() => to.write(data), delayMs)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
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
