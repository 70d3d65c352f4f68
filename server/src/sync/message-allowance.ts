// A token bucket: how many messages a connection may still send now.

/** Refills with time, up to a burst. */
export class MessageAllowance {
  readonly #perSecond: number
  readonly #burst: number
  #left: number
  #filledAtMs: number

  constructor(options: { readonly perSecond: number; readonly burst: number; readonly nowMs: number }) {
    this.#perSecond = options.perSecond
    this.#burst = options.burst
    this.#left = options.burst
    this.#filledAtMs = options.nowMs
  }

  /** Uses one message's worth, or says that there is none. */
  use(nowMs: number): boolean {
    const gained = (Math.max(nowMs - this.#filledAtMs, 0) / 1000) * this.#perSecond
    this.#left = Math.min(this.#left + gained, this.#burst)
    this.#filledAtMs = nowMs
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
