// What a device is known by in an account: its id, and a key pair that others seal the account key to.
import { KEY_BYTES, type Sodium } from './sodium.ts'
import { uuidV7 } from './uuid.ts'

/** A device of an account. */
export interface DeviceKey {
  /** UUIDv7. */
  readonly id: string
  /** 32 random bytes that never leave the device: its keys derive from them. */
  readonly secret: Uint8Array
}

const BOX_KEY = { context: 'wddevice', id: 1 } as const
const NAMES_KEY = { context: 'wddevice', id: 2 } as const

/** A device that no account knows yet. */
export function createDeviceKey(sodium: Sodium, nowMs: number): DeviceKey {
  return { id: uuidV7(nowMs, sodium.randomBytes), secret: sodium.randomBytes(KEY_BYTES) }
}

/** The device's secret key for X25519. */
export function deviceSecretKey(sodium: Sodium, { secret }: DeviceKey): Uint8Array {
  return sodium.deriveKey(BOX_KEY, secret)
}

/** The device's public key for X25519. */
export function devicePublicKey(sodium: Sodium, device: DeviceKey): Uint8Array {
  return sodium.sealedBox.publicKey(deviceSecretKey(sodium, device))
}

/** What login names are hashed with where a device has to remember them. */
export function loginNamesKey(sodium: Sodium, { secret }: DeviceKey): Uint8Array {
  return sodium.deriveKey(NAMES_KEY, secret)
}
