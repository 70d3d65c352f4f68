// Step 1s that wait for an answer: one of a session is answered at a time, since each may take the whole document.
import type { Session } from './session.ts'

/** Of several that wait only the last is answered (SPEC P13). */
export class Step1Queue {
  /** State vectors of sessions that are being answered; set where one has asked again. */
  readonly #askedBySession = new Map<Session, Uint8Array | undefined>()

  /** Answers what the session asks, or leaves it to the call that is answering it already. */
  async add(
    session: Session,
    stateVector: Uint8Array,
    answer: (stateVector: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const isAnswering = this.#askedBySession.has(session)
    this.#askedBySession.set(session, stateVector)
    if (isAnswering) return
    try {
      for (let asked = this.#take(session); asked; asked = this.#take(session)) await answer(asked)
    } finally {
      this.#askedBySession.delete(session)
    }
  }

  #take(session: Session): Uint8Array | undefined {
    const stateVector = this.#askedBySession.get(session)
    this.#askedBySession.set(session, undefined)
    return stateVector
  }
}
