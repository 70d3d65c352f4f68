// What the person's devices say in `settings` of their receipts (SPEC T4, T5).
import {
  type DocumentName,
  keyOf,
  partsOf,
  readValue,
  type SaidReceipt,
  saidReceiptSchema,
} from '@workforce-democracy/shared'
import type { Replica } from '../replica.ts'

/** The key that a device says it under. */
export const saidKey = (document: DocumentName, device: string): string => keyOf('receipt', document, device)

/** What the others say of a document, with their names. */
export function saidByOthers(replica: Replica, document: DocumentName): [device: string, SaidReceipt][] {
  return [...replica.state('settings').values()].flatMap(({ key, value }) => {
    const [kind, of, device] = partsOf(key) ?? []
    const said = kind === 'receipt' && of === document ? readValue(saidReceiptSchema, value) : undefined
    return said && device && device !== replica.device ? [[device, said] as [string, SaidReceipt]] : []
  })
}

/** Of each other device the newest envelope that whoever has come to this place has been sent. */
export function namedByOthers(
  replica: Replica,
  here: { readonly document: DocumentName; readonly generation: number; readonly position: number },
): Map<string, number> {
  const named = saidByOthers(replica, here.document).flatMap(([device, { sealed }]) => {
    const isHere = sealed && sealed.generation === here.generation && sealed.position <= here.position
    return isHere ? [[device, sealed.stamp] as const] : []
  })
  return new Map(named)
}
