// Carries registers in envelopes: batches what is written, compacts, and notices what is missing.
import {
  epochOf,
  type ReadonlyState,
  type Register,
  SealedArray,
  type SealedContent,
  type SealedPlace,
  SealedState,
} from '@workforce-democracy/shared'
import type { Carrier, CarrierHost } from './carrier.ts'
import { envelopeOf, grouped, type Sealing } from './sealing.ts'

/** What one device writes within so long lies in one envelope. */
const BATCH_MS = 1000
/** A full envelope of more does not go into an update message (SPEC P15), but into a new generation. */
const FULL_BYTES = 256 * 1024

/** What a device has held of a sealed document. */
export interface Held {
  readonly epoch: number
  /** The stamp of the newest choice to seal it, 0 for none. */
  readonly chosen: number
  /** Of each device the newest stamp. */
  readonly newest: ReadonlyMap<string, number>
}

/** What {@link createSealedCarrier} takes. */
export interface SealedCarrierOptions extends CarrierHost {
  readonly sealing: Sealing
  readonly place: SealedPlace
  readonly device: string
  readonly held: Held
  readonly now: () => number
  /** The stamp of the choice to seal it that this device has, 0 for none. */
  readonly chosen: () => number
  /** Everything that is committed on this device of the document. */
  readonly saved: () => ReadonlyState
  /** Of other devices the newest envelope that has to be here, by what these say. */
  readonly named: () => ReadonlyMap<string, number>
}

/** The carrier of a sealed document. */
export interface SealedCarrier extends Carrier {
  readonly place: SealedPlace
  /** The stamp of the newest choice to seal it that any envelope knew or this device has met, 0 for none. */
  chosen(): number
  /** Whether envelopes are there that need a newer key: then nothing may be written with this one. */
  isOutdated(): boolean
  /** Takes note that there is no such key: whoever made them up tampers. */
  disbelieveNewer(): void
  /** An older epoch that the document lies in whole, if it does. */
  olderEpoch(): number | undefined
  /** Whether envelopes of an older epoch are there, which belong in no generation of this one. */
  hasOlder(): boolean
  /** Whether all that is there may be left behind by a move: not what newer software or keys would read. */
  mayLeave(): boolean
  /** Takes note that what others wrote is held, and if `own` is set what this device did. */
  hold(options: { readonly own: boolean }): Held
  /** A full envelope's content for the next generation. */
  full(): SealedContent
}

export function createSealedCarrier(options: SealedCarrierOptions): SealedCarrier {
  const { sealing, place, device, held, now, saved, named, doc, carry, onChange } = options
  const array = new SealedArray(doc)
  const state = new SealedState<string>({ place, device, held: held.newest, heldChosen: held.chosen })
  /** Of envelopes of other epochs. */
  const refusedEpochById = new Map<string, number | undefined>()
  const waiting = new Map<string, Register>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const isTaken = new Set<string>()
  const take = (id: string, element: unknown): readonly Register[] => {
    if (isTaken.has(id)) return []
    isTaken.add(id)
    const taken = state.take(id, element)
    if (taken.outcome === 'other-epoch') refusedEpochById.set(id, epochOf(element as Uint8Array))
    return taken.registers
  }
  array.onChange(({ added, deleted, local }) => {
    const registers = added.flatMap(({ id, element }) => take(id, element))
    for (const id of deleted) {
      isTaken.delete(id)
      refusedEpochById.delete(id)
      state.drop(id)
    }
    if (!local) onChange(registers)
  })
  const write = (content: SealedContent, superseded?: (id: string) => readonly string[]) => {
    const envelope = envelopeOf(sealing, place, content)
    carry(content.registers, () =>
      array.push(envelope, id => {
        take(id, envelope)
        return superseded?.(id) ?? []
      }),
    )
  }
  const next = (registers: readonly Register[], full: boolean) =>
    state.next({ registers, full, nowMs: now(), chosen: options.chosen() })
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const registers = [...waiting.values()]
    waiting.clear()
    for (const group of grouped(registers)) write(next(group, false))
  }
  const chosen = () => Math.max(held.chosen, state.chosen)
  let isNewerBelieved = true
  const hasNewer = () => [...refusedEpochById.values()].some(epoch => (epoch ?? 0) > place.epoch)
  const isOutdated = () => isNewerBelieved && hasNewer()
  const hasOlder = () => [...refusedEpochById.values()].some(epoch => (epoch ?? place.epoch) < place.epoch)
  const full = () => next([...saved().values()], true)
  const isTooHeavy = () => state.stateBytes > FULL_BYTES
  return {
    mode: 'sealed',
    place,
    state: () => state.state,
    push(registers) {
      for (const register of registers) waiting.set(register.key, register)
      if (waiting.size > 0) timer ??= setTimeout(flush, BATCH_MS)
    },
    flush,
    tidy() {
      if (!state.isCompactionDue() || isTooHeavy()) return
      clearTimeout(timer)
      timer = undefined
      waiting.clear()
      write(full(), () => state.superseded())
    },
    trouble() {
      if (hasNewer()) return isNewerBelieved ? 'keys-outdated' : 'tampered'
      const kinds = new Set(state.gaps(named()).map(({ kind }) => kind))
      return kinds.has('rolled-back') ? 'rolled-back' : kinds.has('tampered') ? 'tampered' : undefined
    },
    isMoveDue: () =>
      state.gaps(named()).length > 0 || hasOlder() || hasNewer() || (state.isCompactionDue() && isTooHeavy()),
    chosen,
    isOutdated,
    disbelieveNewer() {
      isNewerBelieved = false
    },
    hasOlder,
    olderEpoch() {
      const [epoch, ...others] = new Set(refusedEpochById.values())
      const isWhole = others.length === 0 && state.state.size === 0
      return isWhole && epoch !== undefined && epoch < place.epoch ? epoch : undefined
    },
    mayLeave: () => !state.refused.has('unreadable') && !isOutdated(),
    hold: ({ own }) => ({ epoch: place.epoch, chosen: chosen(), newest: state.hold({ own }) }),
    full,
    destroy() {
      clearTimeout(timer)
      array.destroy()
    },
  }
}

/** Content for a document that comes to be sealed: there is no envelope of it yet. */
export function firstContent(options: {
  readonly place: SealedPlace
  readonly device: string
  readonly held: ReadonlyMap<string, number>
  readonly saved: ReadonlyState
  readonly nowMs: number
  /** The stamp of the choice to seal it. */
  readonly chosen: number
}): SealedContent {
  const { place, device, held, saved, nowMs, chosen } = options
  const state = new SealedState({ place, device, held })
  return state.next({ registers: [...saved.values()], full: true, nowMs, chosen })
}

export function isSealed(carrier: Carrier | SealedCarrier): carrier is SealedCarrier {
  return carrier.mode === 'sealed'
}
