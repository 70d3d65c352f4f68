// The secret of a store in a browser: what a key of WebCrypto signs that lies beside the rows and cannot be taken out.
import { CodedError } from '@workforce-democracy/shared'
import { encodeUtf8 } from 'lib0/string'
import { connect, storageError } from './indexeddb-connection.ts'

const MESSAGE = encodeUtf8('workforce-democracy store secret')
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256', length: 256 } as const

/** A store's secret. */
export interface KeptSecret {
  /** 32 bytes. */
  readonly storeSecret: Uint8Array
  /** Whether the browser says that it has thrown away what was here. */
  readonly isDataLost: boolean
}

/**
 * The secret of the store of this name, made with the first call. Pages of this origin can ask for it, no script can take
 * the key away; whoever copies the browser's files has it.
 *
 * @throws CodedError `storage-unavailable`, `storage-blocked`, `storage-full`, `store-outdated`, `store-damaged`
 */
export async function keptSecretOf(name: string): Promise<KeptSecret> {
  if (!globalThis.crypto?.subtle)
    throw new CodedError('storage-unavailable', 'Pages over https can keep keys.')
  const { database, isDataLost } = await connect({ name, onGone: () => undefined })
  try {
    const made = await crypto.subtle.generateKey(ALGORITHM, false, ['sign'])
    const transaction = database.transaction('state', 'readwrite', { durability: 'strict' })
    // Looked up and put in one transaction: two tabs that open a new store at once get one key.
    const kept = await transaction.store.get('secret')
    const key = kept instanceof CryptoKey ? kept : made
    if (key === made) void transaction.store.put(made, 'secret').catch(() => undefined)
    await transaction.done
    return { storeSecret: new Uint8Array(await crypto.subtle.sign('HMAC', key, MESSAGE)), isDataLost }
  } catch (cause) {
    throw storageError(cause, 'storage-unavailable')
  } finally {
    database.close()
  }
}
