// Crockford's base32: digits and letters that people do not mistake for one another, and those they do, put right.

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const BITS = 5

/** The first `symbols` of bytes in base32, 5 bits each. */
export function toCrockford(bytes: Uint8Array, symbols: number): string {
  let text = ''
  for (let i = 0; i < symbols; i++) {
    let index = 0
    for (let bit = i * BITS; bit < (i + 1) * BITS; bit++)
      index = (index << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
    text += SYMBOLS[index]
  }
  return text
}

/** The bytes of base32; what does not fill a byte is left out. `undefined` when a character is none of the 32. */
export function fromCrockford(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array((text.length * BITS) >> 3)
  for (const [i, symbol] of [...text].entries()) {
    const index = SYMBOLS.indexOf(symbol)
    if (index < 0) return undefined
    for (let j = 0; j < BITS; j++) {
      const bit = i * BITS + j
      const byte = bytes[bit >> 3]
      if (byte !== undefined) bytes[bit >> 3] = byte | (((index >> (BITS - 1 - j)) & 1) << (7 - (bit & 7)))
    }
  }
  return bytes
}

/** What a person typed, as it was meant: blanks and hyphens are nothing, O is 0, I and L are 1. */
export function asMeant(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
}
