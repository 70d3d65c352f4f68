// Argon2id (RFC 9106) with bounds: parameters come from a file or a server, and neither is believed blindly.

/** What a derivation costs. */
export interface Argon2Cost {
  readonly memoryKiB: number
  readonly iterations: number
  readonly parallelism: number
}

/** What new passphrases are derived with: about a third of a second. */
export const ARGON2_COST: Argon2Cost = { memoryKiB: 64 * 1024, iterations: 3, parallelism: 1 }
/** More than this would let whoever writes the parameters bring a device to its knees. */
const CEILING: Argon2Cost = { memoryKiB: 1024 * 1024, iterations: 10, parallelism: 4 }
/** Bytes of a salt. */
export const SALT_BYTES = 16

/** Whether the cost lies between what protects a passphrase and what a device can bear. */
export function isBearableCost({ memoryKiB, iterations, parallelism }: Argon2Cost): boolean {
  return (
    isBetween(memoryKiB, ARGON2_COST.memoryKiB, CEILING.memoryKiB) &&
    isBetween(iterations, ARGON2_COST.iterations, CEILING.iterations) &&
    isBetween(parallelism, ARGON2_COST.parallelism, CEILING.parallelism)
  )
}

const isBetween = (value: number, low: number, high: number) =>
  Number.isInteger(value) && value >= low && value <= high

/** What {@link argon2id} takes. */
export interface Argon2Options extends Argon2Cost {
  /** Typed by a person; the same characters in another Unicode form are the same passphrase. */
  readonly passphrase: string
  readonly salt: Uint8Array
  readonly lengthBytes: number
}

/** What derives bytes from a passphrase: {@link argon2id} itself, or one in a worker. */
export type Argon2id = (options: Argon2Options) => Promise<Uint8Array>

/** Derives bytes from a passphrase. The caller has checked {@link isBearableCost}. */
export async function argon2id({
  passphrase,
  salt,
  memoryKiB,
  iterations,
  parallelism,
  lengthBytes,
}: Argon2Options): Promise<Uint8Array> {
  const { argon2id: derive } = await import('./argon2-program.ts')
  return derive({
    password: passphrase.normalize('NFKC'),
    salt,
    memorySize: memoryKiB,
    iterations,
    parallelism,
    hashLength: lengthBytes,
    outputType: 'binary',
  })
}
