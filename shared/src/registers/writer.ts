// Makes registers for one device: the only place where a device's clock moves.
import { CodedError } from '../errors.ts'
import type { JsonValue } from './json.ts'
import { compareRegisters, parseEntry, type Register, toEntry } from './register.ts'
import { nextStamp, stampOf } from './stamp.ts'
import type { ReadonlyState } from './state.ts'

/** Writes for one device, with stamps that never go back. */
export class RegisterWriter {
  readonly device: string
  readonly #nowMs: () => number
  #lastStamp: number

  /** `lastStamp` is the greatest stamp this device gave before, 0 for a new one; `nowMs` the corrected clock. */
  constructor(options: { device: string; lastStamp: number; nowMs: () => number }) {
    this.device = options.device
    this.#lastStamp = options.lastStamp
    this.#nowMs = options.nowMs
  }

  /** The last stamp given. */
  get lastStamp(): number {
    return this.#lastStamp
  }

  /**
   * The register for a write of `value` under `key`, greater than what `state` holds there.
   *
   * @throws CodedError `malformed-register` when no replica would read it: an empty or too long key, a value that is not
   * JSON or has half a surrogate pair; `stamp-exhausted` when what it supersedes carries the greatest stamp there is
   */
  write(state: ReadonlyState, key: string, value: JsonValue): Register {
    const supersededStamp = state.get(key)?.stamp ?? 0
    const stamp = nextStamp({ nowMs: this.#nowMs(), lastStamp: this.#lastStamp, supersededStamp })
    const register = this.#register(key, stamp, value)
    this.#lastStamp = stamp
    return register
  }

  /**
   * The register for what was done elsewhere at a moment past, with a stamp of then; nothing where `state` holds a greater
   * one. A moment before 1970 counts as its beginning.
   *
   * @throws CodedError `malformed-register` as {@link write}
   */
  bringIn(state: ReadonlyState, key: string, value: JsonValue, atMs: number): Register[] {
    const register = this.#register(key, stampOf(atMs), value)
    const present = state.get(key)
    return present && compareRegisters(present, register) >= 0 ? [] : [register]
  }

  #register(key: string, stamp: number, value: JsonValue): Register {
    const register = parseEntry(toEntry({ key, stamp, device: this.device, value }))
    if (!register) throw new CodedError('malformed-register')
    return register
  }
}
