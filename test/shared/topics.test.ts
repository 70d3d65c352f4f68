import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  BILL_FORMS,
  TOPICS,
  topicName,
  topicsOfBillType,
  topicsOfPolicyArea,
  topicsOfText,
} from '@workforce-democracy/shared'
import { describe, expect, test } from 'vitest'

const DATA = new URL('../../../shared/data/civic/', import.meta.url)
const ROLL_CALLS = ['votes-118.jsonl.gz', 'votes-119.jsonl.gz'].map(name => new URL(name, DATA))

describe('topics of a text', () => {
  test.each([
    ['Veterans’ Housing Act', ['housing', 'veterans']],
    ['VETERANS housing', ['housing', 'veterans']],
    ['Small businesses and cities', ['small-business']],
    ['Vaccination policies', ['healthcare']],
    ['A worker-owned co-op', ['cooperatives', 'workplace-democracy']],
    ['Modern C++ and C#', ['programming']],
    ['Laborious elaboration of collaborative works', []],
    ['', []],
  ])('are found by whole words, in any case, singular or plural: %s', (text, topics) => {
    expect(topicsOfText(text)).toEqual(topics)
  })

  test('come from the longest phrase, not from the words within it', () => {
    expect(topicsOfText('Credit unions of the European Union')).not.toContain('unions')
    expect(topicsOfText('A union for everyone')).toEqual(['unions'])
    expect(topicsOfText('Department of Veterans Affairs')).toEqual(['veterans'])
  })

  test('are found for what a title names only by its own name', () => {
    for (const topic of TOPICS) expect(topicsOfText(topicName(topic)), topic).not.toEqual([])
  })
})

describe('topics of a bill’s type', () => {
  test('are those of the word that a person gives', () => {
    expect(topicsOfBillType('labor')).toEqual(['labor'])
    expect(topicsOfBillType(' Housing ')).toEqual(['housing'])
    expect(topicsOfBillType('civil-rights')).toEqual(['civil-rights'])
    expect(topicsOfBillType('Labor & Employment')).toEqual(['labor'])
    for (const topic of TOPICS) expect(topicsOfBillType(topic)).toEqual([topic])
  })

  test('[M2] are none for a congressional form, nor for a name that objects have', () => {
    for (const form of [...BILL_FORMS, 'HR', 'S.J.Res.', 'H. Con. Res.'])
      expect(topicsOfBillType(form)).toEqual([])
    for (const name of ['constructor', 'toString', '__proto__', ''])
      expect(topicsOfBillType(name)).toEqual([])
  })
})

test('topics of a policy area are known for Congress.gov and the Congressional Research Service', () => {
  expect(topicsOfPolicyArea('Armed Forces and National Security')).toEqual(['defense-security'])
  expect(topicsOfPolicyArea('Energy & Natural Resources')).toEqual(['environment-energy', 'lands-water'])
  expect(topicsOfPolicyArea('Economy & Finance')).toEqual(['economy-taxes', 'finance-consumers'])
  expect(topicsOfPolicyArea('Budget, Public Finance & Taxation')).toEqual([
    'budget-government',
    'economy-taxes',
  ])
})

const hasData = ROLL_CALLS.every(url => existsSync(url))
if (!hasData) console.log('skipped: topics of real bills, since ../shared/data/civic is not there')

test.skipIf(!hasData)('at least 85 % of the bills that Congress decided on have a topic', () => {
  const titlesByBill = new Map<string, string>()
  for (const line of ROLL_CALLS.flatMap(url => gunzipSync(readFileSync(url)).toString().split('\n'))) {
    if (!/"category":"(passage|veto-override)/.test(line)) continue
    const { bill, subject = '' } = JSON.parse(line)
    const id = `${bill.type}${bill.number}-${bill.congress}`
    titlesByBill.set(id, `${titlesByBill.get(id) ?? ''}\n${bill.title ?? subject}`)
  }
  const covered = [...titlesByBill.values()].filter(titles => topicsOfText(titles).length > 0)
  expect(titlesByBill.size).toBeGreaterThan(900)
  expect(covered.length / titlesByBill.size).toBeGreaterThan(0.85)
})
