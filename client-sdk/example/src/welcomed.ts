// Whether this person has been welcomed: on their first visit they choose before anything else.
import type { Client } from '@workforce-democracy/client'

const KEPT = 'welcomed'

/** Whether they have chosen here, or have brought choices with an account or a file. */
export function isWelcomed({ account }: Pick<Client, 'account'>): boolean {
  return localStorage.getItem(KEPT) !== null || account.current() !== undefined
}

/** Takes note that they have. */
export function welcomed(): void {
  localStorage.setItem(KEPT, 'yes')
}
