// Waits for a condition rather than for time.

/**
 * Resolves with the first truthy answer of `condition`, asked every few milliseconds.
 *
 * @throws Error after `timeoutMs`, with the condition's text
 */
export async function until<T>(condition: () => T | Promise<T>, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await condition()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`Still not true after ${timeoutMs} ms: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
