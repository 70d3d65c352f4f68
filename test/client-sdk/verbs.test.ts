import { describe, expect, it } from 'vitest'
import { codeOf, openTestClient } from './clients.ts'

const NOW_MS = Date.UTC(2026, 2, 1, 12)

describe('votes', () => {
  it('are read back, changed and retracted, the latest first', async () => {
    let now = NOW_MS
    await using client = await openTestClient({ now: () => now })
    await client.votes.cast('hr8-118', 'yes', { billName: 'A made-up act', billType: 'labor' })
    now += 1000
    await client.votes.cast('gb:3456', 'no')
    expect(client.votes.list().map(({ billId }) => billId)).toEqual(['gb:3456', 'hr8-118'])
    expect(client.votes.get('hr8-118')).toEqual({
      billId: 'hr8-118',
      choice: 'yes',
      billName: 'A made-up act',
      billType: 'labor',
      votedAt: '2026-03-01T12:00:00.000Z',
    })
    await client.votes.cast('hr8-118', 'abstain')
    expect(client.votes.get('hr8-118')).toMatchObject({ choice: 'abstain' })
    await client.votes.retract('hr8-118')
    expect(client.votes.get('hr8-118')).toBeUndefined()
    expect(client.state('votes').get('hr8-118')?.value).toBeNull()
    expect((await client.votes.retract('hr8-118')).registers).toEqual([])
  })

  it('refuse what is no bill id, choice or name, and keep nothing of it', async () => {
    await using client = await openTestClient()
    const cast = client.votes.cast as (...args: unknown[]) => Promise<unknown>
    expect(await codeOf(cast('HR 8', 'yes'))).toBe('invalid-bill-id')
    expect(await codeOf(cast('', 'yes'))).toBe('invalid-bill-id')
    expect(await codeOf(cast('hr8-118', 'maybe'))).toBe('invalid-input')
    expect(await codeOf(cast('hr8-118', 'yes', { billName: 'x'.repeat(501) }))).toBe('invalid-input')
    expect(await codeOf(cast('hr8-118', 'yes', { billName: 7 }))).toBe('invalid-input')
    expect(await codeOf(cast('hr8-118', 'yes', { governmentLevel: 'galactic' }))).toBe('invalid-input')
    expect(client.state('votes').size).toBe(0)
  })

  it('tell their listeners, and nobody else’s', async () => {
    await using client = await openTestClient()
    const told: string[] = []
    const stop = client.votes.subscribe(() => told.push('votes'))
    client.bookmarks.subscribe(() => told.push('bookmarks'))
    await client.votes.cast('hr8-118', 'yes')
    stop()
    await client.votes.cast('hr8-118', 'no')
    expect(told).toEqual(['votes'])
  })
})

describe('bookmarks', () => {
  it('are added, moved and removed', async () => {
    await using client = await openTestClient({ now: () => NOW_MS })
    await client.bookmarks.add('faq', 'how do I / vote?', { folder: 'later' })
    await client.bookmarks.add('bill', 'us-ny:s1234-2025')
    expect(client.bookmarks.has('faq', 'how do I / vote?')).toBe(true)
    expect(client.bookmarks.list('faq')).toEqual([
      { kind: 'faq', id: 'how do I / vote?', folder: 'later', addedAt: '2026-03-01T12:00:00.000Z' },
    ])
    await client.bookmarks.remove('faq', 'how do I / vote?')
    expect(client.bookmarks.list().map(({ id }) => id)).toEqual(['us-ny:s1234-2025'])
  })

  it('refuse malformed ids', async () => {
    await using client = await openTestClient()
    expect(await codeOf(client.bookmarks.add('bill', 'HR 8'))).toBe('invalid-bill-id')
    expect(await codeOf(client.bookmarks.add('', 'x'))).toBe('invalid-key')
    expect(await codeOf(client.bookmarks.add('faq', ''))).toBe('invalid-key')
    expect(await codeOf(client.bookmarks.add('faq', '\ud800'))).toBe('invalid-key')
    expect(await codeOf(client.bookmarks.add('faq', 'x'.repeat(2000)))).toBe('invalid-key')
    expect(await codeOf(client.bookmarks.add('faq', 'x', { folder: 'f'.repeat(101) }))).toBe('invalid-input')
  })
})

describe('progress', () => {
  it('adds seconds, keeps the greatest percentage and the first completion', async () => {
    let now = NOW_MS
    await using client = await openTestClient({ now: () => now })
    await client.progress.record('r1', { percent: 60, seconds: 100 })
    now += 60_000
    await client.progress.record('r1', { percent: 20, seconds: 50 })
    expect(client.progress.get('r1')).toMatchObject({
      percent: 60,
      seconds: 150,
      viewedAt: '2026-03-01T12:01:00.000Z',
      completedAt: undefined,
    })
    await client.progress.complete('r1')
    now += 60_000
    await client.progress.complete('r1')
    await client.progress.rate('r1', 4)
    expect(client.progress.get('r1')).toMatchObject({
      percent: 100,
      seconds: 150,
      completedAt: '2026-03-01T12:01:00.000Z',
      rating: 4,
    })
  })

  it('writes at once add up', async () => {
    await using client = await openTestClient()
    await Promise.all(Array.from({ length: 50 }, () => client.progress.record('r1', { seconds: 3 })))
    expect(client.progress.get('r1')?.seconds).toBe(150)
    expect(client.progress.stats()).toMatchObject({ viewed: 1, seconds: 150 })
    expect(client.progress.stats().days).toMatchObject([{ seconds: 150, resources: 1 }])
  })

  it('two devices’ times are summed after joining', async () => {
    await using one = await openTestClient()
    await using two = await openTestClient()
    await one.progress.record('r1', { percent: 60, seconds: 600 })
    await two.progress.record('r1', { percent: 30, seconds: 300 })
    await one.importFile(await two.exportFile())
    expect(one.progress.get('r1')).toMatchObject({ percent: 60, seconds: 900 })
  })

  it('counts streaks by the person’s own days', async () => {
    const day = (offset: number) => new Date(2026, 2, 10 + offset, 12).getTime()
    let now = day(0)
    await using client = await openTestClient({ now: () => now })
    for (const offset of [-5, -3, -2, -1]) {
      now = day(offset)
      await client.progress.record(`r${offset}`, { seconds: 10 })
    }
    now = day(0)
    expect(client.progress.stats().streakDays).toBe(3)
    await client.progress.record('r0', { seconds: 10 })
    expect(client.progress.stats().streakDays).toBe(4)
    expect(client.progress.stats().days.map(({ date }) => date)[0]).toBe('2026-03-10')
    expect(client.progress.history().map(({ resourceId }) => resourceId)).toEqual([
      'r0',
      'r-1',
      'r-2',
      'r-3',
      'r-5',
    ])
  })

  it('dismisses and takes it back', async () => {
    await using client = await openTestClient()
    await client.progress.dismiss('r1')
    await client.progress.dismissTopic('taxes')
    expect(client.progress.dismissed()).toEqual({ resources: new Set(['r1']), topics: new Set(['taxes']) })
    await client.progress.undismiss('r1')
    await client.progress.undismissTopic('taxes')
    expect(client.progress.dismissed()).toEqual({ resources: new Set(), topics: new Set() })
  })

  it('a dismissal under an alias is taken back once the alias is known', async () => {
    const resource = { id: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6', aliases: ['video1'] }
    const catalog = { version: 'made-up', resources: [resource], paths: [], billTopics: {} }
    const fetch: typeof globalThis.fetch = async input =>
      Response.json(
        String(input).includes('/resources/')
          ? catalog
          : { version: 'made-up', bills: [], representatives: [], rollCalls: [] },
      )
    await using client = await openTestClient({ server: 'http://127.0.0.1:9', fetch })
    await client.progress.dismiss('video1')
    await client.catalogs.refresh()
    expect([...client.progress.dismissed().resources]).toEqual([resource.id])
    await client.progress.undismiss('video1')
    expect(client.progress.dismissed().resources.size).toBe(0)
  })

  it('takes nothing back when the clock is set back or the time is absurd', async () => {
    let nowMs = Date.parse('2026-06-10T12:00:00Z')
    await using client = await openTestClient({ now: () => nowMs })
    await client.progress.record('a', { percent: 50, seconds: Number.MAX_SAFE_INTEGER })
    nowMs -= 3 * 86_400_000
    await client.progress.record('a', { percent: 10, seconds: 1 })
    expect(client.progress.get('a')).toMatchObject({
      percent: 50,
      seconds: Number.MAX_SAFE_INTEGER,
      viewedAt: '2026-06-10T12:00:00.000Z',
    })
  })

  it('a day is that of the person’s time zone', async () => {
    await using client = await openTestClient({ now: () => Date.parse('2026-06-10T02:00:00Z') })
    await client.profile.set({ timeZone: 'America/New_York' })
    await client.progress.record('a', { seconds: 60 })
    expect(client.progress.stats().days.map(({ date }) => date)).toEqual(['2026-06-09'])
    expect(client.progress.stats().streakDays).toBe(1)
  })

  it('refuses impossible numbers', async () => {
    await using client = await openTestClient()
    const { record, rate } = client.progress
    for (const done of [
      { seconds: -1 },
      { seconds: 1.5 },
      { seconds: Number.NaN },
      { percent: 101, seconds: 1 },
      { percent: -1, seconds: 1 },
    ])
      expect(await codeOf(record('r1', done))).toBe('invalid-input')
    expect(await codeOf(rate('r1', 6))).toBe('invalid-input')
    expect(await codeOf(rate('r1', 2.5))).toBe('invalid-input')
    expect(await codeOf(record('', { seconds: 1 }))).toBe('invalid-key')
    expect(client.state('progress').size).toBe(0)
  })
})

describe('profile', () => {
  it('sets and removes fields one by one', async () => {
    await using client = await openTestClient()
    await client.profile.set({ displayName: 'Ada Example', skillLevel: 'beginner', goals: ['organise'] })
    await client.profile.set({ displayName: null, theme: 'dark' })
    expect(client.profile.get()).toEqual({ skillLevel: 'beginner', goals: ['organise'], theme: 'dark' })
    await client.profile.addInterest('unions')
    await client.profile.addInterest('co-operatives')
    await client.profile.removeInterest('unions')
    expect(client.profile.interests()).toEqual(['co-operatives'])
  })

  it('refuses unknown fields and values, all of a call or nothing', async () => {
    await using client = await openTestClient()
    const set = client.profile.set as (changes: object) => Promise<unknown>
    expect(await codeOf(set({ theme: 'dark', password: 'x' }))).toBe('invalid-input')
    expect(await codeOf(set({ theme: 'dark', skillLevel: 'expert' }))).toBe('invalid-input')
    expect(await codeOf(set({ toString: 'x' }))).toBe('invalid-input')
    expect(client.profile.get()).toEqual({})
  })
})

describe('notes', () => {
  it('are kept, replaced and removed', async () => {
    await using client = await openTestClient()
    const saved = await client.notes.set('bill', 'hr8-118', 'first')
    await client.notes.set('bill', 'hr8-118', 'second')
    expect(client.notes.get('bill', 'hr8-118')?.text).toBe('second')
    expect(await codeOf(saved.durable())).toBe('consent-required')
    await client.notes.remove('bill', 'hr8-118')
    expect(client.notes.list()).toEqual([])
    expect(await codeOf(client.notes.set('bill', 'x', 'y'.repeat(20_001)))).toBe('invalid-input')
  })
})

describe('privacy', () => {
  it('everything is local until told otherwise', async () => {
    await using client = await openTestClient()
    expect(client.privacy.get()).toEqual({
      profile: 'local',
      votes: 'local',
      bookmarks: 'local',
      progress: 'local',
    })
    await client.privacy.set({ votes: 'open', progress: 'open' })
    await client.privacy.set({ progress: 'local' })
    expect(client.privacy.get()).toEqual({
      profile: 'local',
      votes: 'open',
      bookmarks: 'local',
      progress: 'local',
    })
  })

  it('may be sealed before there is an account, and nothing of it is sent', async () => {
    await using client = await openTestClient()
    await client.privacy.set({ votes: 'sealed' })
    expect(client.privacy.get().votes).toBe('sealed')
    const vote = await client.votes.cast('hr1-118', 'yes')
    expect(await codeOf(vote.durable())).toBe('consent-required')
  })

  it('refuses to open notes and settings', async () => {
    await using client = await openTestClient()
    const set = client.privacy.set as (choices: object) => Promise<unknown>
    expect(await codeOf(set({ notes: 'open' }))).toBe('forbidden')
    expect(await codeOf(set({ settings: 'open' }))).toBe('forbidden')
    expect(await codeOf(set({ everything: 'open' }))).toBe('unknown-document')
    expect(await codeOf(set({ profile: 'open', votes: 'public' }))).toBe('invalid-input')
    expect(client.state('settings').size).toBe(0)
  })
})
