import {
  canonicalBytes,
  compareRegisters,
  errorCode,
  isDeviceName,
  isJsonValue,
  isStamp,
  type JsonValue,
  joinAll,
  joinRegister,
  keyOf,
  mergedProgress,
  nextStamp,
  parseEntry,
  partsOf,
  type Register,
  RegisterWriter,
  registersBeyond,
  STAMP_LIMIT,
  STAMPS_PER_MS,
  type State,
  stampToMs,
  toEntry,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const DEVICES = ['aaaaaaaa', 'bbbbbbbb', 'server']
const YEAR_MS = 365 * 24 * 3600 * 1000
const NOW_MS = Date.UTC(2026, 0, 31)

/** JSON without `__proto__`, as it is after a road as text. */
const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'grapheme' })
  .map(value => JSON.parse(JSON.stringify(value)) as JsonValue)
  .filter(value => isJsonValue(value))
/** Few keys, stamps and devices, so that registers meet. */
const register: fc.Arbitrary<Register> = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  stamp: fc.integer({ min: 1, max: 4 }),
  device: fc.constantFrom(...DEVICES),
  value: fc.oneof(json, fc.constantFrom<JsonValue>(null, 0, 1, 'x', { a: 1, b: 2 }, { b: 2, a: 1 })),
})
const registers = fc.array(register, { maxLength: 20 })

describe('entries', () => {
  it('[R1] hold a register and give it back', () => {
    fc.assert(
      fc.property(register, each => {
        expect(parseEntry(toEntry(each))).toEqual(each)
      }),
    )
  })

  it('[R1] [R9] of another form are malformed and never thrown on', () => {
    const well = ['hr8-118', 5, 'aaaaaaaa', { choice: 'yes' }]
    expect(parseEntry(well)).toBeDefined()
    const circular: unknown[] = []
    circular.push(circular)
    for (const [at, wrong] of [
      [0, ''],
      [0, 'x'.repeat(1025)],
      [0, 7],
      [0, 'half \ud83d'],
      [1, 0],
      [1, -1],
      [1, 1.5],
      [1, STAMP_LIMIT],
      [1, Number.NaN],
      [1, '5'],
      [1, 5n],
      [2, 'Device01'],
      [2, 'aaaaaaa'],
      [2, 'aaaaaaaa\n'],
      [2, undefined],
      [3, undefined],
      [3, Number.POSITIVE_INFINITY],
      [3, new Uint8Array(3)],
      [3, new Date()],
      [3, new Map()],
      [3, () => 1],
      [3, { a: undefined }],
      [3, 'half \udc0e'],
      [3, { 'half \ud83d': 1 }],
      [3, JSON.parse('{"__proto__":1}')],
      [3, Array(2)],
      [3, circular],
    ] as const)
      expect(parseEntry(well.with(at, wrong as never)), `${at}: ${String(wrong)}`).toBeUndefined()
    for (const wrong of [undefined, null, 1, 'x', {}, [], well.slice(1), [...well, 1]])
      expect(parseEntry(wrong)).toBeUndefined()
  })

  it('[R9] of any form at all are never thrown on', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
        any => {
          parseEntry(any)
          parseEntry([any, any, any, any])
          parseEntry(['k', 1, 'aaaaaaaa', any])
        },
      ),
    )
  })

  it('[R2] name a store by 8 characters a–z and 0–9, or the server', () => {
    expect(['abcd0123', 'server'].every(isDeviceName)).toBe(true)
    expect(['abcd012', 'abcd01234', 'ABCD0123', 'Server', '', 8].some(isDeviceName)).toBe(false)
  })
})

describe('the order of registers', () => {
  it('[R3] goes by stamp, then device, then bytes of the value', () => {
    const of = (stamp: number, device: string, value: JsonValue) => ({ key: 'k', stamp, device, value })
    const ascending = [
      of(1, 'bbbbbbbb', 9),
      of(2, 'aaaaaaaa', 9),
      of(2, 'bbbbbbbb', 1),
      of(2, 'bbbbbbbb', 2),
      of(2, 'bbbbbbbb', null),
      of(2, 'server', 0),
    ]
    for (const [i, a] of ascending.entries())
      for (const [j, b] of ascending.entries())
        expect(Math.sign(compareRegisters(a, b))).toBe(Math.sign(i - j))
  })

  it('[R3] does not see in which order an object was written', () => {
    expect(canonicalBytes({ b: [1, { d: 1, c: 2 }], a: 'é' })).toEqual(
      canonicalBytes({ a: 'é', b: [1, { c: 2, d: 1 }] }),
    )
  })

  it('[R3] is total: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(register, register, register, (a, b, c) => {
        expect(Math.sign(compareRegisters(a, b))).toBe(-Math.sign(compareRegisters(b, a)) + 0)
        const [first, second, third] = [a, b, c].sort(compareRegisters)
        expect(compareRegisters(first!, third!)).toBeLessThanOrEqual(0)
        expect(compareRegisters(second!, third!)).toBeLessThanOrEqual(0)
      }),
    )
  })
})

describe('stamps', () => {
  const anyClock = fc.oneof(
    fc.double({ noNaN: true }),
    fc.integer({ min: NOW_MS - YEAR_MS, max: NOW_MS + YEAR_MS }),
  )
  const anyStamp = fc.integer({ min: 0, max: STAMP_LIMIT - 2 })

  it('[R4] are integers above 0 and below 2^52; a far future is in range', () => {
    expect([1, STAMP_LIMIT - 1].every(isStamp)).toBe(true)
    expect([0, STAMP_LIMIT, 0.5, Number.NaN, '1', null].some(isStamp)).toBe(false)
  })

  it('[R5] [R6] beat what they supersede and what their device gave before, whatever the clock says', () => {
    fc.assert(
      fc.property(anyClock, anyStamp, anyStamp, (nowMs, lastStamp, supersededStamp) => {
        const stamp = nextStamp({ nowMs, lastStamp, supersededStamp })
        expect(isStamp(stamp)).toBe(true)
        expect(stamp).toBeGreaterThan(Math.max(lastStamp, supersededStamp))
      }),
    )
  })

  it('[R5] are the time where nothing greater is to be beaten', () => {
    const stamp = nextStamp({ nowMs: NOW_MS + 0.7, lastStamp: 5, supersededStamp: 6 })
    expect(stamp).toBe(NOW_MS * STAMPS_PER_MS)
    expect(stampToMs(stamp)).toBe(NOW_MS)
  })

  it('[R7] of the latest clock leave room for a billion writes', () => {
    const stamp = nextStamp({ nowMs: Number.POSITIVE_INFINITY, lastStamp: 0, supersededStamp: 0 })
    expect(STAMP_LIMIT - stamp).toBe(2 ** 30)
  })

  it('[R7] run out only above the greatest there is, and the device goes on with other keys', () => {
    const writer = new RegisterWriter({ device: 'aaaaaaaa', lastStamp: 0, nowMs: () => NOW_MS })
    const state: State = new Map()
    joinRegister(state, { key: 'k', stamp: STAMP_LIMIT - 1, device: 'bbbbbbbb', value: 1 })
    expect(codeOf(() => writer.write(state, 'k', 2))).toBe('stamp-exhausted')
    expect(writer.write(state, 'other', 2).stamp).toBe(NOW_MS * STAMPS_PER_MS)
  })
})

describe('writers', () => {
  it('[R5] make writes that win over all their state holds, with clocks years wrong, back and forth', () => {
    const step = fc.record({
      device: fc.nat({ max: 1 }),
      clockMs: fc.integer({ min: NOW_MS - 50 * YEAR_MS, max: NOW_MS + 50 * YEAR_MS }),
      value: fc.integer(),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), steps => {
        let nowMs = 0
        const writers = DEVICES.slice(0, 2).map(
          device => new RegisterWriter({ device, lastStamp: 0, nowMs: () => nowMs }),
        )
        const state: State = new Map()
        for (const { device, clockMs, value } of steps) {
          nowMs = clockMs
          expect(joinRegister(state, writers[device]!.write(state, 'k', value))).toBe(true)
          expect(state.get('k')?.value).toBe(value)
        }
      }),
    )
  })

  it('[R6] give stamps that only rise, also after a restart and when the clock goes back', () => {
    const clocks = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 2, maxLength: 20 })
    fc.assert(
      fc.property(clocks, times => {
        let lastStamp = 0
        for (const time of times) {
          const writer = new RegisterWriter({ device: 'aaaaaaaa', lastStamp, nowMs: () => NOW_MS + time })
          for (const key of ['a', 'b']) {
            const { stamp } = writer.write(new Map(), key, time)
            expect(stamp).toBeGreaterThan(lastStamp)
            lastStamp = stamp
            expect(writer.lastStamp).toBe(stamp)
          }
        }
      }),
    )
  })

  it('[R6] do not move their clock by joining', () => {
    const writer = new RegisterWriter({ device: 'aaaaaaaa', lastStamp: 0, nowMs: () => NOW_MS })
    const state: State = new Map()
    joinRegister(state, { key: 'k', stamp: 2 ** 51, device: 'bbbbbbbb', value: 1 })
    expect(writer.write(state, 'other', 1).stamp).toBe(NOW_MS * STAMPS_PER_MS)
    expect(writer.write(state, 'k', 1).stamp).toBe(2 ** 51 + 1)
  })

  it('[R1] refuse what no replica would read, and their clock stands', () => {
    const writer = new RegisterWriter({ device: 'aaaaaaaa', lastStamp: 0, nowMs: () => NOW_MS })
    const wrong: [string, unknown][] = [
      ['', 1],
      ['x'.repeat(1025), 1],
      ['k', undefined],
      ['k', { a: undefined }],
      ['k', 'half \ud83d'],
    ]
    for (const [key, value] of wrong)
      expect(codeOf(() => writer.write(new Map(), key, value as JsonValue))).toBe('malformed-register')
    expect(writer.lastStamp).toBe(0)
  })
})

describe('joining', () => {
  it('[R8] is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(registers, registers, registers, (a, b, c) => {
        expect(joined(a, b)).toEqual(joined(b, a))
        expect(joined([...joined(a, b).values()], c)).toEqual(joined(a, [...joined(b, c).values()]))
        expect(joined(a, a)).toEqual(joined(a))
        expect(joinAll(joined(a), a)).toEqual([])
      }),
    )
  })

  it('[R8] takes the same state from any order and any repetition', () => {
    const shuffled = registers.chain(all =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    )
    fc.assert(
      fc.property(shuffled, ([all, again]) => {
        expect(joined(again)).toEqual(joined(all))
      }),
    )
  })

  it('[R8] takes the greatest register of every key and says what it took', () => {
    fc.assert(
      fc.property(registers, registers, (present, incoming) => {
        const state = joined(present)
        const before = new Map(state)
        const changed = joinAll(state, incoming)
        for (const each of [...present, ...incoming])
          expect(compareRegisters(state.get(each.key)!, each)).toBeGreaterThanOrEqual(0)
        for (const each of changed)
          expect(!before.has(each.key) || compareRegisters(each, before.get(each.key)!) > 0).toBe(true)
        expect([...state.keys()].filter(key => state.get(key) !== before.get(key)).sort()).toEqual(
          [...new Set(changed.map(({ key }) => key))].sort(),
        )
      }),
    )
  })

  it('[R10] of what one state has beyond another makes the other catch up', () => {
    fc.assert(
      fc.property(registers, registers, (a, b) => {
        const ours = joined(a)
        const theirs = joined(b)
        const beyond = registersBeyond(ours, theirs)
        expect(joinAll(theirs, beyond)).toEqual(beyond)
        expect(theirs).toEqual(joined(a, b))
        expect(registersBeyond(ours, theirs)).toEqual([])
      }),
    )
  })
})

describe('keys', () => {
  it('[D6] come apart into the parts they were made of', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), parts => {
        expect(partsOf(keyOf(...parts))).toEqual(parts)
      }),
    )
    expect(partsOf('100%')).toBeUndefined()
    expect(codeOf(() => keyOf('half \ud83d'))).toBe('invalid-key')
  })
})

describe('merged progress', () => {
  const seen = fc.record({
    percent: fc.integer({ min: 0, max: 100 }),
    seconds: fc.nat({ max: 100_000 }),
    viewedAt: fc
      .date({ min: new Date(0), max: new Date(NOW_MS), noInvalidDate: true })
      .map(date => date.toISOString()),
    completedAt: fc.constantFrom(
      undefined,
      '2026-01-02T10:00:00Z',
      '2026-01-02T10:00:00.000Z',
      '2026-01-01T10:00:00Z',
    ),
  })
  const byDevice = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z0-9]{8}$/), seen), {
    minLength: 1,
    maxLength: 6,
    selector: ([device]) => device,
  })

  it('[D8] is the sum of seconds, the most percent, the last view and the first completion of all devices', () => {
    fc.assert(
      fc.property(byDevice, entries => {
        const merged = mergedProgress(joined(entries.map(seenRegister))).get('r')!
        const values = entries.map(([, value]) => value)
        expect(merged.seconds).toBe(values.reduce((sum, { seconds }) => sum + seconds, 0))
        expect(merged.percent).toBe(Math.max(...values.map(({ percent }) => percent)))
        expect(Date.parse(merged.viewedAt!)).toBe(
          Math.max(...values.map(({ viewedAt }) => Date.parse(viewedAt))),
        )
        const completions = values.flatMap(({ completedAt }) =>
          completedAt ? [Date.parse(completedAt)] : [],
        )
        expect(merged.completedAt && Date.parse(merged.completedAt)).toBe(
          completions.length > 0 ? Math.min(...completions) : undefined,
        )
      }),
    )
  })

  it('[D8] is the same, to the character, in whatever order registers came', () => {
    const shuffled = byDevice.chain(entries =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    )
    fc.assert(
      fc.property(shuffled, ([entries, again]) => {
        expect(mergedProgress(joined(again.map(seenRegister)))).toEqual(
          mergedProgress(joined(entries.map(seenRegister))),
        )
      }),
    )
  })

  it('[D8] passes over malformed values, removals and keys of another form', () => {
    const value = { percent: 50, seconds: 60, viewedAt: '2026-01-02T10:00:00Z' }
    const of = (key: string, each: JsonValue) => ({ key, stamp: 1, device: 'aaaaaaaa', value: each })
    const state = joined([
      of('seen/r/aaaaaaaa', value),
      of('seen/r/bbbbbbbb', { ...value, percent: 101 }),
      of('seen/r/cccccccc', null),
      of('seen/r', value),
      of('seen/r/aaaaaaaa/more', value),
      of('seen//aaaaaaaa', value),
      of('constructor/r', value),
      of('%/r/aaaaaaaa', value),
      of('rating/r', { rating: 6, ratedAt: '2026-01-02T10:00:00Z' }),
    ])
    expect([...mergedProgress(state).values()]).toEqual([
      { resourceId: 'r', ...value, completedAt: undefined, rating: undefined, ratedAt: undefined },
    ])
  })

  function seenRegister([device, value]: [string, Record<string, unknown>]): Register {
    return {
      key: `seen/r/${device}`,
      stamp: 1,
      device,
      value: JSON.parse(JSON.stringify(value)) as JsonValue,
    }
  }
})

function joined(...lists: Register[][]): State {
  const state: State = new Map()
  for (const list of lists) joinAll(state, list)
  return state
}

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'no error'
  } catch (error) {
    return errorCode(error)
  }
}
