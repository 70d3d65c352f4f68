// Long work in slices, so that a page can draw and answer in between.

/** A slice: two of them fit between two frames. */
const SLICE_MS = 8

/** Pauses in one piece of work. */
export interface Pauses {
  /** Lets others have a turn when the slice is over. */
  due(): Promise<void> | undefined
}

/** Begins a slice. */
export function createPauses(): Pauses {
  let begun = performance.now()
  return {
    due() {
      if (performance.now() - begun < SLICE_MS) return undefined
      return turn().then(() => {
        begun = performance.now()
      })
    },
  }
}

/** Resolves in a task of its own: at once where the platform has a way, else with the next timer. */
function turn(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } }
  return scheduler?.yield?.() ?? new Promise(resolve => setTimeout(resolve))
}
