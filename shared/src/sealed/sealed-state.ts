// A sealed document as one device sees it: which envelopes are there, what they hold, and which are missing (SPEC L7–L11).
import { paddedLength } from '../envelope/padme.ts'
import { compareRegisters, type Register } from '../registers/register.ts'
import { nextStamp } from '../registers/stamp.ts'
import type { ReadonlyState, State } from '../registers/state.ts'
import { type SealedContent, weightOf } from './sealed-content.ts'
import { openElement, type SealedPlace, type SealedRefusal } from './sealed-place.ts'

/** What became of an element that was taken. */
export interface Taken {
  readonly outcome: 'joined' | 'duplicate' | SealedRefusal
  /** What an envelope holds; of a refused element nothing. */
  readonly registers: readonly Register[]
}

/** An envelope that is missing though nothing that is there covers it. */
export interface SealedGap {
  readonly device: string
  readonly stamp: number
  /** `rolled-back` when this device has held it, else `tampered`. */
  readonly kind: 'tampered' | 'rolled-back'
}

/** What {@link SealedState} takes. */
export interface SealedStateOptions {
  readonly place: SealedPlace
  /** The device that looks, and writes. */
  readonly device: string
  /** Of each device the newest stamp that this one has held, also in earlier generations. */
  readonly held?: ReadonlyMap<string, number>
  /** The newest choice to seal the document that was known then, as its stamp. */
  readonly heldChosen?: number
}

/** At so many envelopes they are worth one. */
const MANY = 64
/** Or at so many, when they weigh so many times what one would. */
const SOME = 16
const TIMES_HEAVIER = 4
const NONE: ReadonlyMap<string, number> = new Map()

interface Present extends SealedContent {
  readonly sizeBytes: number
}

/** The envelopes of one generation, each under an id of the caller's, taken in any order. */
export class SealedState<Id> {
  readonly #place: SealedPlace
  readonly #device: string
  readonly #held: Map<string, number>
  readonly #heldChosen: number
  readonly #presentById = new Map<Id, Present>()
  readonly #refusedById = new Map<Id, SealedRefusal>()
  readonly #registersOfFull = new WeakMap<Present, ReadonlyState>()
  #state: State = new Map()
  #stateBytes = 0
  #lastStamp = 0

  constructor({ place, device, held = new Map(), heldChosen = 0 }: SealedStateOptions) {
    this.#place = place
    this.#device = device
    this.#held = new Map(held)
    this.#heldChosen = heldChosen
  }

  /** The join of what is there. */
  get state(): ReadonlyState {
    return this.#state
  }

  /** About what the state would weigh in one envelope, in bytes. */
  get stateBytes(): number {
    return this.#stateBytes
  }

  /** The newest choice to seal the document that an envelope knows of, as its stamp; 0 for none. */
  get chosen(): number {
    return Math.max(0, ...[...this.#presentById.values()].map(({ chosen }) => chosen))
  }

  /** How many elements were refused, by reason. They are left where they are. */
  get refused(): ReadonlyMap<SealedRefusal, number> {
    const counts = new Map<SealedRefusal, number>()
    for (const reason of this.#refusedById.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    return counts
  }

  /** Takes an element of the document, which may be anything. */
  take(id: Id, element: unknown): Taken {
    const opened = openElement(this.#place, element)
    if (opened.outcome !== 'opened') {
      this.#refusedById.set(id, opened.outcome)
      return { outcome: opened.outcome, registers: [] }
    }
    const { content } = opened
    const outcome = this.#has(content.device, content.stamp) ? 'duplicate' : 'joined'
    this.#presentById.set(id, { ...content, sizeBytes: (element as Uint8Array).length })
    if (content.device === this.#device) this.#lastStamp = Math.max(this.#lastStamp, content.stamp)
    for (const register of content.registers) this.#join(register)
    return { outcome, registers: content.registers }
  }

  /** Takes note that an element was deleted, by whomever. */
  drop(id: Id): void {
    this.#refusedById.delete(id)
    const dropped = this.#presentById.get(id)
    if (!dropped) return
    this.#presentById.delete(id)
    if (this.#isSuperseded(dropped)) return
    this.#state = new Map()
    this.#stateBytes = 0
    for (const { registers } of this.#presentById.values())
      for (const register of registers) this.#join(register)
  }

  /**
   * Envelopes that a present full one covers, register by register: they may be deleted once what they hold is committed
   * on this device.
   */
  superseded(): Id[] {
    return [...this.#presentById].filter(([, present]) => this.#isSuperseded(present)).map(([id]) => id)
  }

  /**
   * What is missing, each once. It means something only after a completed sync. `named` are stamps of envelopes that are
   * known to be there from elsewhere.
   */
  gaps(named: ReadonlyMap<string, number> = NONE): SealedGap[] {
    const missing = new Map<string, SealedGap>()
    const require = (device: string, stamp: number) => {
      if (stamp === 0 || this.#has(device, stamp) || this.#isCovered(device, stamp)) return
      const kind = stamp <= (this.#held.get(device) ?? 0) ? 'rolled-back' : 'tampered'
      missing.set(`${device}/${stamp}`, { device, stamp, kind })
    }
    for (const { device, prev, seen } of this.#presentById.values()) {
      require(device, prev)
      for (const [other, stamp] of seen) require(other, stamp)
    }
    for (const [device, stamp] of named) require(device, stamp)
    if (!this.#isSealedAnew()) for (const [device, stamp] of this.#held) require(device, stamp)
    return [...missing.values()]
  }

  /** Takes note that what is there now is held, but for this device's own unless `own` is set: they may be under way. */
  hold({ own }: { readonly own: boolean }): ReadonlyMap<string, number> {
    if (this.#isSealedAnew()) this.#held.clear()
    for (const [device, stamp] of this.#newest())
      if (own || device !== this.#device) this.#held.set(device, Math.max(this.#held.get(device) ?? 0, stamp))
    return new Map(this.#held)
  }

  /** Whether it is time for one full envelope in the place of all. Never while something is missing. */
  isCompactionDue(): boolean {
    const count = this.#presentById.size
    if (count < SOME || this.gaps().length > 0) return false
    if (count >= MANY) return true
    const sizeBytes = [...this.#presentById.values()].reduce((sum, each) => sum + each.sizeBytes, 0)
    return sizeBytes >= TIMES_HEAVIER * paddedLength(this.#stateBytes)
  }

  /**
   * What this device's next envelope holds. A full one, in this generation or the next, covers everything that is there
   * or was held, so `registers` has to be everything that this device has joined.
   *
   * @throws CodedError `stamp-exhausted`
   */
  next(options: {
    readonly registers: readonly Register[]
    readonly full: boolean
    readonly nowMs: number
    /** The stamp of the choice to seal that this device knows, if it knows one. */
    readonly chosen?: number
  }): SealedContent {
    const { registers, full, nowMs } = options
    const chosen = Math.max(this.chosen, options.chosen ?? 0)
    const newest = this.#newest()
    if (full) for (const [device, stamp] of this.#held) raise(newest, device, stamp)
    const prev = newest.get(this.#device) ?? 0
    newest.delete(this.#device)
    const seen = full ? newest : new Map([...newest].filter(each => !this.#isCovered(...each)))
    const stamp = nextStamp({
      nowMs,
      lastStamp: Math.max(prev, this.#lastStamp, this.#held.get(this.#device) ?? 0),
      supersededStamp: full ? Math.max(0, ...newest.values()) : 0,
    })
    this.#lastStamp = stamp
    return { device: this.#device, stamp, prev, seen, chosen, full, registers }
  }

  /**
   * Whether everything here was sealed after what was held: by a newer choice, which may have come after the document was
   * open for a while. Whoever sealed it then may not know of the envelopes from before.
   */
  #isSealedAnew(): boolean {
    if (this.#heldChosen === 0) return false
    for (const { full, chosen } of this.#presentById.values())
      if (full && chosen > this.#heldChosen) return true
    return false
  }

  #join(register: Register): void {
    const present = this.#state.get(register.key)
    if (present && compareRegisters(register, present) <= 0) return
    this.#stateBytes += weightOf(register) - (present ? weightOf(present) : 0)
    this.#state.set(register.key, register)
  }

  #has(device: string, stamp: number): boolean {
    for (const present of this.#presentById.values())
      if (present.device === device && present.stamp === stamp) return true
    return false
  }

  #isCovered(device: string, stamp: number): boolean {
    for (const present of this.#presentById.values())
      if (present.full && coveredBy(present, device) >= stamp) return true
    return false
  }

  /** Of each device the newest stamp that is there or covered. */
  #newest(): Map<string, number> {
    const newest = new Map<string, number>()
    for (const { device, stamp, prev, seen, full } of this.#presentById.values()) {
      raise(newest, device, stamp)
      if (!full) continue
      if (prev > 0) raise(newest, device, prev)
      for (const [other, covered] of seen) raise(newest, other, covered)
    }
    return newest
  }

  #isSuperseded(present: Present): boolean {
    for (const full of this.#presentById.values()) {
      if (!full.full || coveredBy(full, present.device) < present.stamp) continue
      const state = this.#registersOf(full)
      if (present.registers.every(register => isDominated(register, state))) return true
    }
    return false
  }

  #registersOf(full: Present): ReadonlyState {
    const known = this.#registersOfFull.get(full)
    if (known) return known
    const state = new Map(full.registers.map(register => [register.key, register]))
    this.#registersOfFull.set(full, state)
    return state
  }
}

/** The newest stamp of a device that a full envelope has taken in. */
function coveredBy(full: SealedContent, device: string): number {
  return device === full.device ? full.prev : (full.seen.get(device) ?? 0)
}

function isDominated(register: Register, state: ReadonlyState): boolean {
  const there = state.get(register.key)
  return there !== undefined && compareRegisters(register, there) <= 0
}

function raise(newest: Map<string, number>, device: string, stamp: number): void {
  newest.set(device, Math.max(newest.get(device) ?? 0, stamp))
}
