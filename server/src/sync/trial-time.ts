// How long Yjs may take over a document that is tried (SPEC P31).

const MAX_TRIAL_MS = 2_000
/** An honest document takes a quarter of it; the machine may be busy. */
const MAX_TRIAL_MS_PER_MIB = 1_000

const MIB = 1024 * 1024

/** Milliseconds that a document of these updates may take. */
export function trialMs(updates: readonly Uint8Array[]): number {
  return MAX_TRIAL_MS + (MAX_TRIAL_MS_PER_MIB * updates.reduce((sum, { length }) => sum + length, 0)) / MIB
}
