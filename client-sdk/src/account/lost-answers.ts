// What to do when a request may have been carried out although no answer came.
import { errorCode } from '@workforce-democracy/shared'

/**
 * Sends; when the answer does not come, looks whether the server did it all the same, and if not, sends once more.
 * `look` gives the outcome, or `undefined` when nothing has happened.
 *
 * @throws CodedError what `send` or `look` throws; `offline` while nobody can tell
 */
export async function withLostAnswer<T>(
  send: () => Promise<T>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (errorCode(error) !== 'offline') throw error
    return (await look()) ?? (await send())
  }
}
