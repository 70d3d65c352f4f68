// The name under which a store writes.
const DEVICE_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const DEVICE_LENGTH = 8

/** 8 random characters a–z0–9. */
export function randomDeviceName(randomBytes: (length: number) => Uint8Array): string {
  let name = ''
  while (name.length < DEVICE_LENGTH) {
    for (const byte of randomBytes(DEVICE_LENGTH)) {
      // 252 is the greatest multiple of 36 in a byte: above it some characters would be likelier.
      if (byte < 252 && name.length < DEVICE_LENGTH) name += DEVICE_ALPHABET[byte % DEVICE_ALPHABET.length]
    }
  }
  return name
}
