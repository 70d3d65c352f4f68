// Calls between the benchmark and the processes that it starts, over Node's IPC.
import { type ChildProcess, fork } from 'node:child_process'
import { builtFile } from '../../support/built.ts'

/** What a process answers, by name. */
// biome-ignore lint/suspicious/noExplicitAny: each handler says itself what it takes and gives
export type Handlers = Record<string, (argument: any) => unknown>

/** A process of the benchmark. Disposing ends it in order. */
export interface BenchProcess<H extends Handlers> extends AsyncDisposable {
  call<K extends keyof H & string>(name: K, argument: Parameters<H[K]>[0]): Promise<Awaited<ReturnType<H[K]>>>
}

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }

/** In the process that was started: answers calls, and says that it is ready. */
export function answerCalls(handlers: Handlers): void {
  const reply = (answer: Answer) => process.send?.(answer)
  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      reply({ id, value: await handlers[name]?.(argument) })
    } catch (error) {
      reply({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  // A benchmark that was killed leaves nobody behind.
  process.once('disconnect', () => process.exit())
  reply({ id: 0, value: undefined })
}

/** Starts a file, of this folder unless it is a URL, as a process of its own and waits until it is ready. */
export async function startProcess<H extends Handlers>(
  file: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<BenchProcess<H>> {
  const child = fork(await builtFile(new URL(file, import.meta.url)), [], {
    execArgv: ['--expose-gc'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_NO_WARNINGS: '1', ...environment },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const calls = createCalls(child, file)
  await calls.answerTo(0)
  let lastId = 0
  return {
    call(name, argument) {
      const id = ++lastId
      child.send({ id, name, argument } satisfies Call)
      // biome-ignore lint/suspicious/noExplicitAny: the handler's type says what comes
      return calls.answerTo(id) as Promise<any>
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}

function createCalls(child: ChildProcess, file: string): { answerTo(id: number): Promise<unknown> } {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) call?.reject(new Error(`${file}: ${answer.error}`))
    else call?.resolve(answer.value)
  })
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${file} ended: ${code ?? signal}`))
  })
  return { answerTo: id => new Promise((resolve, reject) => waiting.set(id, { resolve, reject })) }
}
