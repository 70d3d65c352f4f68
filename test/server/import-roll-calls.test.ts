// Roll calls and the list of members: every quirk of their sources.
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createImportDesk, legislator, rollCall, voter } from '../support/importing.ts'

const desk = await createImportDesk()
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

const positionsOf = () =>
  desk.rows(
    `select c.id as roll_call, r.id as member, v.position from representative_votes v
     join roll_calls c on c.key = v.roll_call_key join representatives r on r.key = v.representative_key
     order by 1, 2`,
  )
const billsOf = () =>
  desk.rows('select id, name, topics, last_voted_on::text as last_voted_on from bills order by id')
const membersOf = () =>
  desk.rows('select id, name, party, state, district, chamber, current from representatives order by id')

describe('roll calls', () => {
  test('are stored with bill, members and positions', async () => {
    const { code, stdout } = await desk.importLines('rollcalls', [rollCall()])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'entries.jsonl: 1 roll calls read, 1 added, 0 updated, 0 unchanged, 0 rejected\n',
    })
    expect(await positionsOf()).toEqual([
      { roll_call: 'h1-119.2025', member: 'T000001', position: 1 },
      { roll_call: 'h1-119.2025', member: 'T000002', position: 2 },
    ])
    expect(await billsOf()).toEqual([
      { id: 'hr901-119', name: 'Example Housing Act', topics: ['housing'], last_voted_on: '2025-02-03' },
    ])
    expect(await membersOf()).toMatchObject([
      { id: 'T000001', party: 'Democrat', state: 'VT', chamber: 'house', current: false },
      { id: 'T000002', party: 'Republican', state: 'OH', chamber: 'house', current: false },
    ])
  })

  test('name their options in many ways', async () => {
    const options = ['Yea', 'Aye', 'Guilty', 'Nay', 'No', 'Not Guilty', 'Present', 'Not Voting']
    const votes = Object.fromEntries(options.map((option, n) => [option, [voter(`T00000${n}`)]]))
    await desk.importLines('rollcalls', [rollCall({ votes })])
    expect((await positionsOf()).map(row => row.position)).toEqual([1, 1, 1, 2, 2, 2, 3, 4])
  })

  test('that elect somebody keep no position for a candidate', async () => {
    const votes = { 'Testperson (LA)': [voter('T000001')], Present: [voter('T000002')] }
    const { code } = await desk.importLines('rollcalls', [
      rollCall({ category: 'leadership', bill: undefined, subject: undefined, votes }),
    ])
    expect(code).toBe(0)
    expect(await positionsOf()).toEqual([{ roll_call: 'h1-119.2025', member: 'T000002', position: 3 }])
  })

  test('keep no member for the Vice President’s vote in a tie', async () => {
    const votes = { Yea: ['VP', voter('S901')], Nay: [voter('S902')] }
    const { code } = await desk.importLines('rollcalls', [
      rollCall({ vote_id: 's9-119.2025', chamber: 's', votes }),
    ])
    expect(code).toBe(0)
    expect((await membersOf()).map(row => row.id)).toEqual(['lis:S901', 'lis:S902'])
  })

  test.each([
    ['passage', true],
    ['passage-suspension', true],
    ['veto-override', true],
    ['amendment', false],
    ['recommit', false],
    ['procedural', false],
    ['cloture', false],
    ['unknown', false],
  ])('of category %s decide on the bill they name: %s', async (category, deciding) => {
    await desk.importLines('rollcalls', [rollCall({ category })])
    expect(await desk.rows('select deciding from roll_calls')).toEqual([{ deciding }])
    expect(await billsOf()).toMatchObject([{ last_voted_on: deciding ? '2025-02-03' : null }])
  })

  test('without a bill decide on none', async () => {
    await desk.importLines('rollcalls', [rollCall({ bill: undefined })])
    expect(await desk.rows('select deciding, bill_id from roll_calls')).toEqual([
      { deciding: false, bill_id: null },
    ])
  })

  test('give the day of the place where they were held, not that of Greenwich', async () => {
    await desk.importLines('rollcalls', [rollCall({ date: '2025-02-03T22:30:00-05:00' })])
    expect(await billsOf()).toMatchObject([{ last_voted_on: '2025-02-03' }])
  })

  test('corrected at the source replace what was stored, and what they were about is described anew', async () => {
    await desk.importLines('rollcalls', [rollCall()])
    const corrected = rollCall({
      bill: { type: 'hr', number: 902, congress: 119 },
      votes: { Nay: [voter('T000001')] },
    })
    const { stdout } = await desk.importLines('rollcalls', [corrected])
    expect(stdout).toContain('0 added, 1 updated')
    expect(await positionsOf()).toEqual([{ roll_call: 'h1-119.2025', member: 'T000001', position: 2 }])
    expect(await billsOf()).toMatchObject([
      { id: 'hr901-119', name: 'H.R. 901', topics: [], last_voted_on: null },
      { id: 'hr902-119', name: 'Example Housing Act' },
    ])
  })

  test.each([
    ['a bill of another form', { bill: { type: 'hamdt', number: 1, congress: 119 } }],
    ['a bill without number', { bill: { type: 'hr', congress: 119 } }],
    ['a date that is none', { date: 'yesterday' }],
    ['a member without id', { votes: { Yea: [{ display_name: 'Testperson' }] } }],
    ['another bare string', { votes: { Yea: ['President'] } }],
    ['a member who votes twice', { votes: { Yea: [voter('T000001')], Nay: [voter('T000001')] } }],
    ['a character that Postgres cannot store', { question: 'On\u0000Passage' }],
  ])('with %s are left out, the rest goes in', async (_what, wrong) => {
    const { code, stderr } = await desk.importLines('rollcalls', [
      rollCall({ vote_id: 'h1-119.2025' }),
      rollCall({ vote_id: 'h2-119.2025', ...wrong }),
      rollCall({ vote_id: 'h3-119.2025' }),
    ])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^line 2: .+; left out$/m)
    expect((await desk.rows('select id from roll_calls order by id')).map(row => row.id)).toEqual([
      'h1-119.2025',
      'h3-119.2025',
    ])
  })
})

describe('the name of a bill', () => {
  const senate = (title: string, changes = {}) =>
    rollCall({
      vote_id: 's1-119.2025',
      chamber: 's',
      subject: 'Klobuchar Amdt. No. 2849',
      bill: { type: 'hr', number: 901, congress: 119, title },
      votes: { Yea: [voter('S901')] },
      ...changes,
    })
  const later = { date: '2025-09-01T10:00:00-04:00' }

  test.each([
    ['its citation, where nothing is said', [rollCall({ subject: undefined })], 'H.R. 901'],
    [
      'the subject that the House gives',
      [rollCall({ subject: 'Relating to  bridges.' })],
      'Relating to bridges',
    ],
    [
      'never the Senate’s subject',
      [senate('', { bill: { type: 'hr', number: 901, congress: 119 } })],
      'H.R. 901',
    ],
    ['never the Senate’s remark that there is none', [senate('No short title on file')], 'H.R. 901'],
    [
      'the title, also where a subject comes later',
      [senate('A bill to mend bridges.'), rollCall({ subject: 'Relating to bridges', ...later })],
      'A bill to mend bridges',
    ],
    [
      'the name of the act, also where a title comes later',
      [rollCall(), senate('A bill to mend bridges.', later)],
      'Example Housing Act',
    ],
    [
      'the latest of two names',
      [rollCall({ vote_id: 'h8-119.2025', subject: 'Better Housing Act', ...later }), rollCall()],
      'Better Housing Act',
    ],
  ])('is %s', async (_what, rollCalls, name) => {
    await desk.importLines('rollcalls', rollCalls)
    expect(await billsOf()).toMatchObject([{ name }])
    await desk.importLines('rollcalls', rollCalls.toReversed())
    expect(await billsOf()).toMatchObject([{ name }])
  })

  test('gives topics together with the title; a rule for the debate of another bill has none', async () => {
    await desk.importLines('rollcalls', [
      rollCall({ subject: 'SPEED Act' }),
      senate('A bill to support veterans.'),
      rollCall({
        vote_id: 'h2-119.2025',
        subject: 'Providing for consideration of the bill (H.R. 901) to build housing',
        bill: { type: 'hres', number: 7, congress: 119 },
      }),
    ])
    expect(await billsOf()).toMatchObject([
      { id: 'hr901-119', name: 'SPEED Act', topics: ['veterans'] },
      { id: 'hres7-119', topics: [] },
    ])
  })
})

describe('members', () => {
  test('are as in their last term', async () => {
    const path = await desk.write('legislators.json', JSON.stringify([legislator('T000001')]))
    expect(await desk.importFile('legislators', path)).toMatchObject({ code: 0 })
    expect(await membersOf()).toEqual([
      {
        id: 'T000001',
        name: 'Exampla Testperson T000001',
        party: 'Democrat',
        state: 'VT',
        district: '0',
        chamber: 'house',
        current: true,
      },
    ])
  })

  test('are found by the Senate’s own id', async () => {
    await desk.importLines('legislators', [legislator('T000001', { lis: 'S901' })])
    await desk.importLines('rollcalls', [
      rollCall({ vote_id: 's1-119.2025', chamber: 's', votes: { Yea: [voter('S901')] } }),
    ])
    expect(await positionsOf()).toEqual([{ roll_call: 's1-119.2025', member: 'T000001', position: 1 }])
  })

  test('who were only known by the Senate’s id get their name when the list comes, with all their votes', async () => {
    // once a representative, then a senator
    await desk.importLines('rollcalls', [
      rollCall({ votes: { Nay: [voter('T000001')] } }),
      rollCall({ vote_id: 's1-119.2025', chamber: 's', votes: { Yea: [voter('S901'), voter('S902')] } }),
    ])
    await desk.importLines('legislators', [
      legislator('T000001', { lis: 'S901' }),
      legislator('T000002', { lis: 'S902' }),
    ])
    expect(await positionsOf()).toEqual([
      { roll_call: 'h1-119.2025', member: 'T000001', position: 2 },
      { roll_call: 's1-119.2025', member: 'T000001', position: 1 },
      { roll_call: 's1-119.2025', member: 'T000002', position: 1 },
    ])
    expect((await membersOf()).map(({ id, chamber, current }) => [id, chamber, current])).toEqual([
      ['T000001', 'senate', true],
      ['T000002', 'senate', true],
    ])
  })

  test('who are no longer in the list are former ones, unless the list was not read whole', async () => {
    const currentIds = async () =>
      (await desk.rows('select id from representatives where current order by id')).map(row => row.id)
    await desk.importLines('legislators', [legislator('T000001'), legislator('T000002')])
    const partial = await desk.importLines('legislators', [legislator('T000001'), { id: {} }])
    expect(partial.code).toBe(2)
    expect(await currentIds()).toEqual(['T000001', 'T000002'])
    await desk.importLines('legislators', [legislator('T000001')])
    expect(await currentIds()).toEqual(['T000001'])
  })
})
