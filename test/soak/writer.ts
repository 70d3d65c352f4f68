// An active client of a soak: writes, and notes when what it wrote is acknowledged.
import { updateFrame } from '../bench/sync/frames.ts'
import type { LoadClient } from '../bench/sync/load-client.ts'
import type { Payload } from '../bench/sync/payloads.ts'

export class Writer {
  readonly #client: LoadClient
  readonly #payload: Payload
  /** Of what is not acknowledged yet, in order; on this process's monotonic clock. */
  readonly #sentAtMs: number[] = []
  #latencies: number[] = []
  sent = 0
  acknowledged = 0

  constructor(client: LoadClient, payload: Payload) {
    this.#client = client
    this.#payload = payload
    client.onAcknowledged = count => this.#onAcknowledged(count)
  }

  get isDone(): boolean {
    return this.acknowledged === this.sent
  }

  write(): void {
    this.#sentAtMs.push(performance.now())
    this.#client.send(updateFrame(this.#client.prefix, this.#payload.update(this.sent++)))
  }

  /** How long acknowledgements took since the last call, in milliseconds. */
  takeLatencies(): number[] {
    const taken = this.#latencies
    this.#latencies = []
    return taken
  }

  #onAcknowledged(count: number): void {
    const nowMs = performance.now()
    for (; this.acknowledged < count; this.acknowledged++)
      this.#latencies.push(nowMs - (this.#sentAtMs.shift() ?? nowMs))
  }
}
