// Which registers of a connection the server has not yet said are durable.
import type { Register } from '@workforce-democracy/shared'

interface Sent {
  /** The count at which they are durable. */
  readonly count: number
  readonly registers: readonly Register[]
}

/** Registers under way on one connection, in the order of the frames that carried them. */
export class Unacknowledged {
  #sent: Sent[] = []
  #counted = 0
  #acknowledged = 0

  /** How many counted frames were sent. */
  get counted(): number {
    return this.#counted
  }

  /** Whether something was sent, and the server has all of it. */
  get isEmpty(): boolean {
    return this.#counted > 0 && this.#acknowledged >= this.#counted
  }

  /** A new connection: what was under way on the old one is pending again. */
  restart(): void {
    this.#sent = []
    this.#counted = 0
    this.#acknowledged = 0
  }

  /** Takes note of the n-th counted frame, and of what it carries as far as known now. */
  sending(count: number, registers: readonly Register[]): void {
    this.#counted = count
    if (registers.length > 0) this.#sent.push({ count, registers })
  }

  /** Takes note that what was just written went out with the last counted frame. */
  carried(registers: readonly Register[]): void {
    if (this.#counted > 0) this.#sent.push({ count: this.#counted, registers })
  }

  /** The registers that are durable now that the server has acknowledged `count` frames. */
  acknowledged(count: number): Register[] {
    this.#acknowledged = count
    const durable = this.#sent.filter(sent => sent.count <= count)
    this.#sent = this.#sent.filter(sent => sent.count > count)
    return durable.flatMap(({ registers }) => registers)
  }
}
