// What the person has chosen for a document, in `settings`, as far as moving it goes.
import type { DocumentName, Register } from '@workforce-democracy/shared'
import { modeKey } from '../modes.ts'
import type { Replica } from '../replica.ts'

/** The choice that this device knows of. */
export function choiceOf(replica: Pick<Replica, 'state'>, document: DocumentName): Register | undefined {
  return replica.state('settings').get(modeKey(document))
}

/** The stamp of the choice to seal it, 0 where this device knows of none or of a newer one for something else. */
export function sealingChoice(replica: Replica, document: DocumentName): number {
  const choice = choiceOf(replica, document)
  return choice?.value === 'sealed' ? choice.stamp : 0
}

/** Whether the server has the choice too, so that the person's other devices do not undo what follows from it. */
export function isChoiceDurable(replica: Replica, document: DocumentName): boolean {
  const key = modeKey(document)
  return !replica.pendingRegisters('settings').some(register => register.key === key)
}
