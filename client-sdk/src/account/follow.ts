// Following the account record: to a higher one that verifies, and to nothing else.
import { type VerifiedRecord, verifyRecord } from '../keys/account-record.ts'
import { deviceSecretKey } from '../keys/device-key.ts'
import { openSealedKey } from '../keys/sealed-key.ts'
import { currentAccountKey, type Vault, withAccountKey } from '../keys/vault.ts'
import type { AccountParts } from './account-parts.ts'

/**
 * Looks at the server's record, and follows it where it is to be believed. Returns whether this device has its keys.
 *
 * @throws CodedError `offline` and the like
 */
export async function followRecord(parts: AccountParts): Promise<boolean> {
  const { sodium, keyring, requests, standing } = parts
  const present = await requests.keys()
  const pinned = keyring.record
  if (!present) {
    if (pinned) await stop(parts)
    else standing.believed(undefined)
    return false
  }
  if (!pinned) {
    // Signed in while the keys were locked: only the recovery code, or the password, can tell whether to believe it.
    standing.believed(present)
    return false
  }
  const verdict = verifyRecord(sodium, present.record, pinned)
  if (!verdict.ok) {
    if (verdict.refusal === 'other-identity') await stop(parts)
    else standing.refused()
    return false
  }
  const { record } = verdict
  if (record.body.number > pinned.body.number)
    await keyring.save({ record, vault: vaultAfter(parts, record) })
  // The server shows again what this device knows.
  if (keyring.problem === 'account-replaced') await keyring.save({ problem: undefined })
  standing.believed(present)
  return currentAccountKey(keyring.vault).epoch >= record.body.epoch
}

async function stop({ keyring, standing }: AccountParts): Promise<void> {
  await keyring.save({ problem: 'account-replaced' })
  standing.changed()
}

/** The vault with the key of the record's epoch, where that was sealed to this device. */
function vaultAfter({ sodium, keyring }: AccountParts, { body }: VerifiedRecord): Vault {
  const { device, vault } = keyring
  const own = body.devices.find(({ id }) => id === device.id)
  const accountKey =
    own &&
    openSealedKey(sodium, {
      vaultId: vault.id,
      epoch: body.epoch,
      sealedKey: own.sealedKey,
      secretKey: deviceSecretKey(sodium, device),
    })
  return accountKey ? withAccountKey(vault, accountKey) : vault
}
