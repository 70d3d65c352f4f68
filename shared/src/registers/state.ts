// The state of a document: per key the greatest register. Joining is the CRDT of this project (SPEC R8).
import { compareRegisters, type Register } from './register.ts'

/** Read access to a state. */
export type ReadonlyState = ReadonlyMap<string, Register>

/** A document's state: from key to the greatest register seen. */
export type State = Map<string, Register>

/** Takes `register` into `state` if it is greater than what is there. Returns whether it was. */
export function joinRegister(state: State, register: Register): boolean {
  const present = state.get(register.key)
  if (present && compareRegisters(register, present) <= 0) return false
  state.set(register.key, register)
  return true
}

/** Takes all `registers` into `state`; returns those that changed it. Commutative, associative, idempotent. */
export function joinAll(state: State, registers: Iterable<Register>): Register[] {
  const changed: Register[] = []
  for (const register of registers) if (joinRegister(state, register)) changed.push(register)
  return changed
}

/** The registers of `state` that `other` lacks or has older: what has to be pushed to it. */
export function registersBeyond(state: ReadonlyState, other: ReadonlyState): Register[] {
  const beyond: Register[] = []
  for (const register of state.values()) {
    const present = other.get(register.key)
    if (!present || compareRegisters(register, present) > 0) beyond.push(register)
  }
  return beyond
}
