// Carries registers as they are: in an open document, which the server reads.
import { RegisterArray } from '@workforce-democracy/shared'
import type { Carrier, CarrierHost } from './carrier.ts'

export function createOpenCarrier({ doc, carry, onChange }: CarrierHost): Carrier {
  const array = new RegisterArray(doc)
  array.onChange(({ added, local }) => {
    if (!local && added.length > 0) onChange(added)
  })
  return {
    mode: 'open',
    state: () => array.state(),
    push: registers => carry(registers, () => array.write(registers)),
    flush: () => undefined,
    tidy: () => array.prune(),
    trouble: () => undefined,
    isMoveDue: () => false,
    destroy: () => array.destroy(),
  }
}
