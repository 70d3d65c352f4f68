// What the SDK does in a worker: derivations that would hold up the page.
import { type Argon2Options, argon2id } from '../keys/argon2id.ts'

/** A derivation to do. */
export interface WorkerRequest {
  readonly id: number
  readonly options: Argon2Options
}

/** What came of it. */
export type WorkerAnswer = { readonly id: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly error: string }
)

addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => {
  void argon2id(data.options).then(
    bytes => postMessage({ id: data.id, bytes } satisfies WorkerAnswer),
    error => postMessage({ id: data.id, error: String(error) } satisfies WorkerAnswer),
  )
})
