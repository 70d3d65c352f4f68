// The civic part of the starter set: bills, twenty members of Congress, and how they voted on some of the bills.
import type { Bill } from '@workforce-democracy/shared'

/** `[bioguide id, Senate id, name, party, state, district]` */
export const STARTER_MEMBERS: readonly (readonly [
  string,
  string | null,
  string,
  string,
  string,
  string | null,
])[] = [
  ['S000033', 'S313', 'Bernard Sanders', 'Independent', 'VT', null],
  ['W000817', 'S366', 'Elizabeth Warren', 'Democrat', 'MA', null],
  ['C001035', 'S252', 'Susan M. Collins', 'Republican', 'ME', null],
  ['M001153', 'S288', 'Lisa Murkowski', 'Republican', 'AK', null],
  ['C001098', 'S355', 'Ted Cruz', 'Republican', 'TX', null],
  ['S000148', 'S270', 'Charles E. Schumer', 'Democrat', 'NY', null],
  ['F000479', 'S418', 'John Fetterman', 'Democrat', 'PA', null],
  ['H001089', 'S399', 'Josh Hawley', 'Republican', 'MO', null],
  ['K000367', 'S311', 'Amy Klobuchar', 'Democrat', 'MN', null],
  ['P000603', 'S348', 'Rand Paul', 'Republican', 'KY', null],
  ['O000172', null, 'Alexandria Ocasio-Cortez', 'Democrat', 'NY', '14'],
  ['J000294', null, 'Hakeem S. Jeffries', 'Democrat', 'NY', '8'],
  ['M001184', null, 'Thomas Massie', 'Republican', 'KY', '4'],
  ['J000299', null, 'Mike Johnson', 'Republican', 'LA', '4'],
  ['J000298', null, 'Pramila Jayapal', 'Democrat', 'WA', '7'],
  ['G000592', null, 'Jared F. Golden', 'Democrat', 'ME', '2'],
  ['F000466', null, 'Brian K. Fitzpatrick', 'Republican', 'PA', '1'],
  ['T000481', null, 'Rashida Tlaib', 'Democrat', 'MI', '12'],
  ['J000289', null, 'Jim Jordan', 'Republican', 'OH', '4'],
  ['K000389', null, 'Ro Khanna', 'Democrat', 'CA', '17'],
]

/** A roll call as its source describes it, with those of the members above who took part. */
export interface StarterRollCall {
  readonly id: string
  readonly billId: string
  readonly category: 'passage' | 'passage-suspension'
  /** ISO 8601. */
  readonly date: string
  readonly question: string
  readonly result: string
  /** What the House says it is about; the Senate's title. */
  readonly subject?: string
  readonly title?: string
  /** Bioguide ids, separated by blanks. */
  readonly yea: string
  readonly nay: string
  readonly notVoting?: string
}

export const STARTER_ROLL_CALLS: readonly StarterRollCall[] = [
  {
    id: 'h10-118.2024',
    billId: 'hjres98-118',
    category: 'passage',
    date: '2024-01-12T10:46:00-05:00',
    question:
      'On Passage: H J RES 98 Providing for congressional disapproval under chapter 8 of title 5, United States Code, of the rule submitted by the National Labor Relations Board relating to “Standard for Determining Joint Employer Status”',
    result: 'Passed',
    subject:
      'Providing for congressional disapproval under chapter 8 of title 5, United States Code, of the rule submitted by the National Labor Relations Board relating to “Standard for Determining Joint Employer Status”',
    yea: 'F000466 J000299 J000289 M001184',
    nay: 'G000592 J000298 K000389 O000172 T000481',
    notVoting: 'J000294',
  },
  {
    id: 's122-118.2024',
    billId: 'hjres98-118',
    category: 'passage',
    date: '2024-04-10T17:25:00-04:00',
    question: 'On the Joint Resolution H.J.Res. 98',
    result: 'Joint Resolution Passed',
    title:
      'A joint resolution providing for congressional disapproval under chapter 8 of title 5, United States Code, of the rule submitted by the National Labor Relations Board relating to "Standard for Determining Joint Employer Status".',
    yea: 'C001035 C001098 M001153 P000603',
    nay: 'F000479 H001089 K000367 S000033 S000148 W000817',
  },
  {
    id: 'h456-118.2024',
    billId: 'hr82-118',
    category: 'passage-suspension',
    date: '2024-11-12T18:55:00-05:00',
    question: 'On Motion to Suspend the Rules and Pass: H R 82 Social Security Fairness Act',
    result: 'Passed',
    subject: 'Social Security Fairness Act',
    yea: 'F000466 G000592 J000298 J000294 J000299 J000289 K000389 M001184 O000172 T000481',
    nay: '',
  },
  {
    id: 's338-118.2024',
    billId: 'hr82-118',
    category: 'passage',
    date: '2024-12-21T00:04:00-05:00',
    question: 'On Passage of the Bill H.R. 82',
    result: 'Bill Passed',
    title:
      'A bill to amend title II of the Social Security Act to repeal the Government pension offset and windfall elimination provisions.',
    yea: 'C001035 F000479 H001089 K000367 M001153 S000033 S000148 W000817',
    nay: 'C001098 P000603',
  },
  {
    id: 's7-119.2025',
    billId: 's5-119',
    category: 'passage',
    date: '2025-01-20T18:12:00-05:00',
    question: 'On Passage of the Bill S. 5',
    result: 'Bill Passed',
    title:
      'A bill to require the Secretary of Homeland Security to take into custody aliens who have been charged in the United States with theft, and for other purposes.',
    yea: 'C001035 C001098 F000479 H001089 M001153 P000603',
    nay: 'K000367 S000033 S000148 W000817',
  },
  {
    id: 'h23-119.2025',
    billId: 's5-119',
    category: 'passage',
    date: '2025-01-22T17:01:00-05:00',
    question: 'On Passage: S 5 Laken Riley Act',
    result: 'Passed',
    subject: 'Laken Riley Act',
    yea: 'F000466 G000592 J000299 J000289 M001184',
    nay: 'J000294 K000389 O000172 T000481',
    notVoting: 'J000298',
  },
  {
    id: 'h102-119.2025',
    billId: 'hr22-119',
    category: 'passage',
    date: '2025-04-10T11:21:00-04:00',
    question: 'On Passage: H R 22 SAVE Act',
    result: 'Passed',
    subject: 'SAVE Act',
    yea: 'F000466 G000592 J000299 J000289 M001184',
    nay: 'J000298 J000294 K000389 O000172 T000481',
  },
  {
    id: 's318-119.2025',
    billId: 's1582-119',
    category: 'passage',
    date: '2025-06-17T17:11:00-04:00',
    question: 'On Passage of the Bill S. 1582',
    result: 'Bill Passed',
    title: 'A bill to provide for the regulation of payment stablecoins, and for other purposes.',
    yea: 'C001035 C001098 F000479 M001153',
    nay: 'H001089 K000367 P000603 S000033 S000148 W000817',
  },
  {
    id: 's372-119.2025',
    billId: 'hr1-119',
    category: 'passage',
    date: '2025-07-01T11:56:00-04:00',
    question: 'On Passage of the Bill H.R. 1',
    result: 'Bill Passed',
    title: 'A bill to provide for reconciliation pursuant to title II of H. Con. Res. 14.',
    yea: 'C001098 H001089 M001153',
    nay: 'C001035 F000479 K000367 P000603 S000033 S000148 W000817',
  },
  {
    id: 'h190-119.2025',
    billId: 'hr1-119',
    category: 'passage',
    date: '2025-07-03T14:31:00-04:00',
    question: 'On Motion to Concur in the Senate Amendment: H R 1 One Big Beautiful Bill Act',
    result: 'Passed',
    subject: 'One Big Beautiful Bill Act',
    yea: 'J000299 J000289',
    nay: 'F000466 G000592 J000298 J000294 K000389 M001184 O000172 T000481',
  },
  {
    id: 'h200-119.2025',
    billId: 's1582-119',
    category: 'passage',
    date: '2025-07-17T15:53:00-04:00',
    question: 'On Passage: S 1582 GENIUS Act',
    result: 'Passed',
    subject: 'GENIUS Act',
    yea: 'F000466 G000592 J000294 J000299 J000289 K000389',
    nay: 'J000298 O000172 T000481',
    notVoting: 'M001184',
  },
  {
    id: 'h332-119.2025',
    billId: 'hr2550-119',
    category: 'passage',
    date: '2025-12-11T16:43:00-05:00',
    question: 'On Passage: H R 2550 Protect America’s Workforce Act',
    result: 'Passed',
    subject: 'Protect America’s Workforce Act',
    yea: 'F000466 G000592 J000298 J000294 K000389 O000172 T000481',
    nay: 'J000299 J000289 M001184',
  },
  {
    id: 'h216-119.2026',
    billId: 'hr5408-119',
    category: 'passage',
    date: '2026-06-09T19:05:00-04:00',
    question: 'On Passage: H R 5408 Faster Labor Contracts Act',
    result: 'Passed',
    subject: 'Faster Labor Contracts Act',
    yea: 'F000466 G000592 J000298 J000294 O000172 T000481',
    nay: 'J000299 J000289 M001184',
    notVoting: 'K000389',
  },
]

/** Bills that the roll calls above do not describe. */
export const STARTER_BILLS: readonly Bill[] = [
  usBill(
    'hr20-119',
    'Richard L. Trumka Protecting the Right to Organize Act of 2025',
    ['labor', 'unions'],
    null,
  ),
  usBill(
    'hr14-119',
    'John R. Lewis Voting Rights Advancement Act of 2025',
    ['civil-rights', 'elections-voting'],
    null,
  ),
  usBill('hr842-117', 'Protecting the Right to Organize Act of 2021', ['labor', 'unions'], '2021-03-09'),
  usBill('hr1-117', 'For the People Act of 2021', ['civic-engagement', 'elections-voting'], '2021-03-03'),
  usBill(
    'hr4-117',
    'John R. Lewis Voting Rights Advancement Act of 2021',
    ['civil-rights', 'elections-voting'],
    '2021-08-24',
  ),
  usBill(
    'hr5376-117',
    'Inflation Reduction Act of 2022',
    ['economy-taxes', 'environment-energy', 'healthcare'],
    '2022-08-12',
  ),
  {
    id: 'us-ca:ab5-2019',
    jurisdiction: 'us-ca',
    governmentLevel: 'state',
    name: 'Worker status: employees and independent contractors',
    billForm: null,
    number: 'AB 5',
    congress: null,
    topics: ['labor'],
    lastVotedOn: '2019-09-11',
  },
  {
    id: 'gb:3737',
    jurisdiction: 'gb',
    governmentLevel: 'federal',
    name: 'Employment Rights Bill',
    billForm: null,
    number: '3737',
    congress: null,
    topics: ['labor', 'unions'],
    lastVotedOn: null,
  },
]

function usBill(id: string, name: string, topics: readonly string[], lastVotedOn: string | null): Bill {
  const [, number = '', congress = ''] = /^hr(\d+)-(\d+)$/.exec(id) ?? []
  return {
    id,
    jurisdiction: 'us',
    governmentLevel: 'federal',
    name,
    billForm: 'hr',
    number,
    congress: Number(congress),
    topics,
    lastVotedOn,
  }
}
