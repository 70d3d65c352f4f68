// Bill ids: `hr8-118` for US federal bills, `<jurisdiction>:<id>` for all others (SPEC D11).
import { CodedError } from '../errors.ts'

/** Congressional forms of a US federal bill. They say nothing about its topics. */
export const BILL_FORMS = ['hr', 's', 'hjres', 'sjres', 'hconres', 'sconres', 'hres', 'sres'] as const
export type BillForm = (typeof BILL_FORMS)[number]

const US_FEDERAL = new RegExp(`^(${BILL_FORMS.join('|')})([1-9]\\d{0,4})-([1-9]\\d{0,2})$`)
const OTHER = /^([a-z]{2}(?:-[a-z0-9]{1,8})?):([A-Za-z0-9][A-Za-z0-9._-]{0,79})$/

/** A bill id, taken apart. */
export type BillId =
  | {
      readonly jurisdiction: 'us'
      readonly billForm: BillForm
      readonly number: number
      readonly congress: number
    }
  | { readonly jurisdiction: string; readonly localId: string }

/** The parts of a bill id, or `undefined` when it is malformed. */
export function parseBillId(id: string): BillId | undefined {
  const [, billForm, number, congress] = US_FEDERAL.exec(id) ?? []
  if (billForm) {
    return {
      jurisdiction: 'us',
      billForm: billForm as BillForm,
      number: Number(number),
      congress: Number(congress),
    }
  }
  const [, jurisdiction, localId] = OTHER.exec(id) ?? []
  return jurisdiction && localId ? { jurisdiction, localId } : undefined
}

/**
 * The same id, checked.
 *
 * @throws CodedError `invalid-bill-id`
 */
export function checkBillId(id: string): string {
  if (!parseBillId(id))
    throw new CodedError('invalid-bill-id', 'It looks like hr8-118, or gb:3456 outside the US Congress.')
  return id
}
