// One attack: a sequence of hostile frames at one document, over as many connections as it takes.
import { CLOSE_CODES } from '@workforce-democracy/shared'
import { OwnChannel, OwnSocket, type Target } from './attack-connection.ts'
import { HostileChannelFrames } from './hostile-channel-frames.ts'
import { HostileFrames } from './hostile-frames.ts'
import { Seeded } from './seeded.ts'

/** How often frames of each kind ended how: `taken`, or the code that the server closed with. */
export type Outcomes = Map<string, Map<string, number>>

/** Codes that a hostile frame may be answered with; 4503 is not one: it stands for a failure of the server. */
const ALLOWED_CODES: readonly number[] = [
  CLOSE_CODES.malformed,
  CLOSE_CODES.unauthorized,
  CLOSE_CODES.forbidden,
  CLOSE_CODES.tooLarge,
  // The confirmation, when random bytes happen to close the channel.
  1000,
]

/**
 * Sends `frames` hostile frames, one after the other.
 *
 * @throws Error when a frame gets no answer, or a close code that it may not get
 */
export async function attack(target: Target, seed: number, frames: number): Promise<Outcomes> {
  const seeded = new Seeded(seed)
  const hostile = new HostileFrames(seeded, target.othersToken)
  const hostileToChannels = new HostileChannelFrames(seeded)
  const outcomes: Outcomes = new Map()
  let connection: OwnSocket | OwnChannel | undefined
  const send = async () => {
    if (connection instanceof OwnChannel && seeded.percent(25)) {
      const { kind, messages } = hostileToChannels.next()
      return { kind: `channels: ${kind}`, code: await connection.sendToSocket(messages) }
    }
    const { kind, data, closes } = hostile.next()
    return { kind, code: await connection?.send(data, closes) }
  }
  try {
    for (let n = 0; n < frames; n++) {
      connection ??= await (seeded.percent(40) ? OwnChannel : OwnSocket).open(target, seeded.percent(80))
      const { kind, code } = await send()
      if (code !== undefined) connection = void (await connection.end())
      if (code !== undefined && !ALLOWED_CODES.includes(code)) {
        throw new Error(`Seed ${seed}: frame ${n} (${kind}) was answered with ${code}`)
      }
      count(outcomes, kind, code === undefined ? 'taken' : String(code))
      if (seeded.percent(5)) connection = void (await connection?.end())
    }
  } catch (cause) {
    throw new Error(`The attack of seed ${seed} went wrong`, { cause })
  } finally {
    await connection?.end()
  }
  return outcomes
}

/** Adds one outcome. */
export function count(outcomes: Outcomes, kind: string, outcome: string, by = 1): void {
  const countByOutcome = outcomes.get(kind) ?? new Map<string, number>()
  outcomes.set(kind, countByOutcome)
  countByOutcome.set(outcome, (countByOutcome.get(outcome) ?? 0) + by)
}
