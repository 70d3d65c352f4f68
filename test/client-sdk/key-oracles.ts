// The primitives a second time, from their papers and from Node, to check the vectors of keys against.
import {
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto'
import { createRequire } from 'node:module'

/** Of the server: its Argon2 is another implementation than the SDK’s. */
const requireOfServer = createRequire(new URL('../../server/package.json', import.meta.url))

/** Argon2id as the server's library has it: 64 bytes. */
export async function argon2idOracle(
  password: string,
  salt: Uint8Array,
  cost: { memoryKiB: number; iterations: number; parallelism: number },
): Promise<Uint8Array> {
  const { hashRaw } = requireOfServer('@node-rs/argon2') as {
    hashRaw(password: string, options: object): Promise<Buffer>
  }
  const { memoryKiB: memoryCost, iterations: timeCost, parallelism } = cost
  return new Uint8Array(await hashRaw(password, { salt, memoryCost, timeCost, parallelism, outputLen: 64 }))
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex')

const privateKey = (prefix: Buffer, secret: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' })

const publicKeyOf = (key: KeyObject): string => String(createPublicKey(key).export({ format: 'jwk' }).x)

/** Ed25519 by Node. */
export const ed25519Oracle = {
  publicKey: (secret: Uint8Array) => publicKeyOf(privateKey(PKCS8_ED25519, secret)),
  sign: (message: Uint8Array, secret: Uint8Array) =>
    nodeSign(null, message, privateKey(PKCS8_ED25519, secret)).toString('base64url'),
  verify: (message: Uint8Array, signature: Uint8Array, secret: Uint8Array) =>
    nodeVerify(null, message, createPublicKey(privateKey(PKCS8_ED25519, secret)), signature),
}

/** The public key of an X25519 secret key, by Node. */
export const x25519PublicKeyOracle = (secret: Uint8Array) => publicKeyOf(privateKey(PKCS8_X25519, secret))

const MASK = (1n << 64n) - 1n
const IV = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
]
const SIGMA = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
  '0123456789abcdef',
  'ea489fd61c02b753',
].map(row => [...row].map(digit => Number.parseInt(digit, 16)))

/** BLAKE2b (RFC 7693), keyed, with salt and personalization. */
export function blake2bOracle(
  length: number,
  message: Uint8Array,
  {
    key = new Uint8Array(),
    salt = new Uint8Array(16),
    personal = new Uint8Array(16),
  }: { key?: Uint8Array; salt?: Uint8Array; personal?: Uint8Array } = {},
): Uint8Array {
  const parameters = new Uint8Array(64)
  parameters.set([length, key.length, 1, 1])
  parameters.set(salt, 32)
  parameters.set(personal, 48)
  const words = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    return Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigUint64(8 * i, true))
  }
  const h = words(parameters).map((word, i) => word ^ IV[i]!)
  const block = new Uint8Array(128)
  block.set(key)
  const input = new Uint8Array([...(key.length > 0 ? block : []), ...message])
  const blocks = Math.max(1, Math.ceil(input.length / 128))
  for (let i = 0; i < blocks; i++) {
    const chunk = new Uint8Array(128)
    chunk.set(input.subarray(128 * i, 128 * (i + 1)))
    const isLast = i === blocks - 1
    compress(h, words(chunk), BigInt(isLast ? input.length : 128 * (i + 1)), isLast)
  }
  const out = new Uint8Array(64)
  h.forEach((word, i) => {
    new DataView(out.buffer).setBigUint64(8 * i, word, true)
  })
  return out.slice(0, length)
}

function compress(h: bigint[], m: readonly bigint[], count: bigint, isLast: boolean): void {
  const v = [...h, ...IV]
  v[12]! ^= count
  if (isLast) v[14]! ^= MASK
  const rotate = (x: bigint, by: bigint) => ((x >> by) | (x << (64n - by))) & MASK
  const mix = (a: number, b: number, c: number, d: number, x: bigint, y: bigint) => {
    v[a] = (v[a]! + v[b]! + x) & MASK
    v[d] = rotate(v[d]! ^ v[a]!, 32n)
    v[c] = (v[c]! + v[d]!) & MASK
    v[b] = rotate(v[b]! ^ v[c]!, 24n)
    v[a] = (v[a]! + v[b]! + y) & MASK
    v[d] = rotate(v[d]! ^ v[a]!, 16n)
    v[c] = (v[c]! + v[d]!) & MASK
    v[b] = rotate(v[b]! ^ v[c]!, 63n)
  }
  for (const s of SIGMA)
    for (let i = 0; i < 8; i++) {
      const column = i % 4
      const shift = i < 4 ? 0 : 1
      mix(
        column,
        4 + ((column + shift) % 4),
        8 + ((column + 2 * shift) % 4),
        12 + ((column + 3 * shift) % 4),
        m[s[2 * i]!]!,
        m[s[2 * i + 1]!]!,
      )
    }
  for (let i = 0; i < 8; i++) h[i]! ^= v[i]! ^ v[i + 8]!
}

/** libsodium's KDF as its documentation gives it: BLAKE2b with the number as salt and the context as personalization. */
export function kdfOracle(key: Uint8Array, context: string, id: number): Uint8Array {
  const salt = new Uint8Array(16)
  new DataView(salt.buffer).setBigUint64(0, BigInt(id), true)
  const personal = new Uint8Array(16)
  personal.set(Buffer.from(context))
  return blake2bOracle(32, new Uint8Array(), { key, salt, personal })
}

/** XChaCha20-Poly1305: HChaCha20 from its draft, the rest by Node. */
export function xchachaOpenOracle(
  ciphertext: Uint8Array,
  associatedData: Uint8Array,
  nonce: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  const shortNonce = new Uint8Array([0, 0, 0, 0, ...nonce.subarray(16)])
  const decipher = createDecipheriv('chacha20-poly1305', hchacha20(key, nonce.subarray(0, 16)), shortNonce, {
    authTagLength: 16,
  })
  decipher.setAAD(associatedData, { plaintextLength: ciphertext.length - 16 })
  decipher.setAuthTag(ciphertext.subarray(-16))
  const content = decipher.update(ciphertext.subarray(0, -16))
  return new Uint8Array(Buffer.concat([content, decipher.final()]))
}

function hchacha20(key: Uint8Array, nonce: Uint8Array) {
  const x = new Uint32Array(16)
  const input = Buffer.concat([Buffer.from('expand 32-byte k'), key, nonce])
  for (let i = 0; i < 16; i++) x[i] = input.readUInt32LE(4 * i)
  const step = (a: number, b: number, d: number, by: number) => {
    x[a] = x[a]! + x[b]!
    const word = x[d]! ^ x[a]!
    x[d] = (word << by) | (word >>> (32 - by))
  }
  const quarter = (a: number, b: number, c: number, d: number) => {
    step(a, b, d, 16)
    step(c, d, b, 12)
    step(a, b, d, 8)
    step(c, d, b, 7)
  }
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i)
    for (let i = 0; i < 4; i++) quarter(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4))
  }
  const out = Buffer.alloc(32)
  for (let i = 0; i < 4; i++) {
    out.writeUInt32LE(x[i]!, 4 * i)
    out.writeUInt32LE(x[12 + i]!, 16 + 4 * i)
  }
  return out
}
