// What the sealed documents of this device's account are sealed with, while it has that.
import { documentKey } from '../keys/document-key.ts'
import type { Sodium } from '../keys/sodium.ts'
import { currentAccountKey } from '../keys/vault.ts'
import type { SealedKeys } from '../sync/sealing.ts'
import type { Keyring } from './keyring.ts'

/** The keys, where somebody is signed in to an account whose record this device has verified and may follow. */
export function sealedKeysOf({
  keyring,
  sodium,
  isSignedIn,
}: {
  readonly keyring: Keyring
  readonly sodium: Sodium
  readonly isSignedIn: boolean
}): SealedKeys | undefined {
  const { vault, record, problem } = keyring
  if (!isSignedIn || !record || problem) return undefined
  return {
    vaultId: vault.id,
    epoch: currentAccountKey(vault).epoch,
    documentKey(document, epoch) {
      const accountKey = vault.accountKeys.find(each => each.epoch === epoch)
      return accountKey && documentKey(sodium, accountKey, document)
    },
  }
}
