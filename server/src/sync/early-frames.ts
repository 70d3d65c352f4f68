// Frames that come before anybody can take them.
import { CodedError } from '@workforce-democracy/shared'

/** Keeps frames in order, within what all that come from one source may bring so early. */
export class EarlyFrames {
  readonly #ofSource: { bytes: number }
  readonly #maxBytes: number
  readonly #frames: Uint8Array[] = []

  constructor(ofSource: { bytes: number }, maxBytes: number) {
    this.#ofSource = ofSource
    this.#maxBytes = maxBytes
  }

  /** @throws CodedError `too-large` */
  add(frame: Uint8Array): void {
    if (this.#ofSource.bytes + frame.length > this.#maxBytes) throw new CodedError('too-large')
    this.#ofSource.bytes += frame.length
    this.#frames.push(frame)
  }

  /** Hands over what has come so far. */
  takeAll(): Uint8Array[] {
    const frames = this.#frames.splice(0)
    for (const { length } of frames) this.#ofSource.bytes -= length
    return frames
  }
}
