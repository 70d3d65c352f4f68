// An account key sealed to one device, as it stands in the account record.
import { encodeUtf8 } from 'lib0/string'
import { fromBase64Url, toBase64Url } from './bytes.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'
import { type AccountKey, VAULT_ID_BYTES } from './vault.ts'

const PURPOSE = encodeUtf8('workforce-democracy sealed key 1\n')
const EPOCH_BYTES = 4

/** Seals an account key to a device (SPEC K5): base64url. What it belongs to is sealed in with it. */
export function sealAccountKey(
  sodium: Sodium,
  {
    vaultId,
    accountKey,
    publicKey,
  }: { readonly vaultId: string; readonly accountKey: AccountKey; readonly publicKey: Uint8Array },
): string {
  const message = new Uint8Array([...prefixOf(vaultId, accountKey.epoch), ...accountKey.key])
  return toBase64Url(sodium.sealedBox.seal(message, publicKey))
}

/** The account key of `epoch` of a vault; `undefined` for one of another device, vault or epoch, or a changed one. */
export function openSealedKey(
  sodium: Sodium,
  {
    vaultId,
    epoch,
    sealedKey,
    secretKey,
  }: {
    readonly vaultId: string
    readonly epoch: number
    readonly sealedKey: string
    readonly secretKey: Uint8Array
  },
): AccountKey | undefined {
  const sealed = fromBase64Url(sealedKey)
  const message = sealed && sodium.sealedBox.open(sealed, secretKey)
  const prefix = prefixOf(vaultId, epoch)
  if (message?.length !== prefix.length + KEY_BYTES) return undefined
  if (prefix.some((byte, i) => byte !== message[i])) return undefined
  return { epoch, key: message.slice(prefix.length) }
}

function prefixOf(vaultId: string, epoch: number): Uint8Array {
  const id = fromBase64Url(vaultId)
  if (id?.length !== VAULT_ID_BYTES) throw new RangeError(`A vault id has ${VAULT_ID_BYTES} bytes.`)
  const epochBytes = new Uint8Array(EPOCH_BYTES)
  new DataView(epochBytes.buffer).setUint32(0, epoch)
  return new Uint8Array([...PURPOSE, ...id, ...epochBytes])
}
