// What the examples in the document of the API are about. Everybody in it is made up.
import type {
  Alignment,
  Bill,
  BillItem,
  Dashboard,
  HistoryItem,
  LearningPath,
  LocalResource,
  ProfileResponse,
  Recommendation,
  Representative,
  Resource,
  VoteItem,
} from '@workforce-democracy/shared'
import { stableId } from '../import/stable-id.ts'

export const EXAMPLE_PERSON_ID = '01985a3c-0000-7000-8000-0000000000a1'
export const EXAMPLE_DEVICE = { id: '01985a3c-0000-7000-8000-0000000000d1', name: 'Kitchen laptop' }
export const EXAMPLE_LOGIN = 'ada.example'
export const EXAMPLE_PASSWORD = 'a long made-up password'
/** Of a mail, or drawn for a recovery code: not the real ones. */
export const EXAMPLE_TOKEN = 'bWFkZS11cC10b2tlbi1vZi1hLW1haWw'
export const EXAMPLE_SECRET = 'bWFkZS11cC1zZWNyZXQtb2YtYS1yZWNvdmVyeS1jb2Q'

const EXAMPLE_RECORD = { body: 'eyJ2ZXJzaW9uIjoxfQ', signature: 'A'.repeat(86) }
const EXAMPLE_BUNDLE = 'AUVYQU1QTEU'

/** The keys of an account, as who signs in gets them. */
export const EXAMPLE_SIGN_IN_KEYS = { record: EXAMPLE_RECORD, bundle: EXAMPLE_BUNDLE, rotationNeeded: false }
/** The keys that go with a new account or a new password. */
export const EXAMPLE_NEW_KEYS = {
  record: EXAMPLE_RECORD,
  bundle: EXAMPLE_BUNDLE,
  recoveryBundle: EXAMPLE_BUNDLE,
  recoverySecret: EXAMPLE_SECRET,
}

export const EXAMPLE_SESSION = {
  user: { id: EXAMPLE_PERSON_ID, email: null, username: EXAMPLE_LOGIN },
  accessToken: 'eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl',
  accessTokenExpiresAt: '2026-03-01T12:10:00.000Z',
  refreshToken: '01985a3c.bWFkZS11cC1yZWZyZXNoLXRva2Vu',
}

export const EXAMPLE_USES = {
  recommendations: 'server',
  civicEngagementTracking: true,
  learningAnalytics: false,
  communitySharing: false,
}

export const EXAMPLE_BILL: Bill = {
  id: 'hr8-118',
  jurisdiction: 'us',
  governmentLevel: 'federal',
  name: 'An Act about Made-up Things',
  billForm: 'hr',
  number: '8',
  congress: 118,
  topics: ['labor'],
  lastVotedOn: '2024-05-01',
}

export const EXAMPLE_BILL_ITEM: BillItem = { ...EXAMPLE_BILL, myVote: 'yes' }

export const EXAMPLE_VOTE: VoteItem = {
  billId: 'hr8-118',
  choice: 'yes',
  billName: 'An Act about Made-up Things',
  billType: 'labor',
  governmentLevel: 'federal',
  votedAt: '2026-03-01T12:00:00.000Z',
}

const EXAMPLE_MEMBER = {
  id: 'X000001',
  name: 'Grace Example',
  party: 'Independent',
  state: 'VT',
  district: null,
  chamber: 'senate',
} as const
export const EXAMPLE_REPRESENTATIVE: Representative = { ...EXAMPLE_MEMBER, jurisdiction: 'us' }

export const EXAMPLE_ALIGNMENT: Alignment = {
  representative: EXAMPLE_MEMBER,
  agreed: 40,
  disagreed: 10,
  notComparable: 2,
  percent: 80,
  low: 67,
  high: 88.8,
}

export const EXAMPLE_RESOURCE: Resource = {
  id: '01985a3c-0000-7000-8000-0000000000e1',
  aliases: ['video1'],
  type: 'videos',
  title: 'How a Made-up Co-operative Works',
  description: null,
  contentUrl: 'https://example.org/video',
  thumbnailUrl: null,
  durationMinutes: 12,
  difficulty: 'beginner',
  topics: ['cooperatives'],
  author: null,
  sourceOrganization: 'Example Institute',
  publishedOn: '2025-11-02',
  verified: true,
  ratingMean: 4.5,
  ratingCount: 120,
  viewCount: 980,
}

export const EXAMPLE_RECOMMENDATION: Recommendation = {
  resource: EXAMPLE_RESOURCE,
  score: 87,
  parts: { relevance: 50, difficulty: 20, quality: 13, recency: 0, popularity: 4 },
  reason: {
    kind: 'interest',
    text: 'You are interested in co-operatives.',
    evidence: { topic: 'cooperatives', stated: true, resourceIds: [] },
  },
}

/** Of the starter set, as are the path and its resources: what is done to them in examples can be done. */
export const EXAMPLE_KEPT_RESOURCE_ID = 'a5c6fef0-3bb8-5387-99fd-4b9c963f56cc'

export const EXAMPLE_PATH: LearningPath = {
  id: 'workplace-democracy-101',
  title: 'Workplace democracy: where to begin',
  description: 'What it means that those who work in a place decide about it, and how some of them do.',
  level: 'beginner',
  estimatedMinutes: 150,
  steps: [
    { resourceId: 'b7216f04-37fe-5d13-a9f2-e6de33d6d1e5', required: true },
    { resourceId: '7f7ce191-d011-5f93-94f4-612d71d2781a', required: false },
  ],
}

export const EXAMPLE_HISTORY_ITEM: HistoryItem = {
  resourceId: EXAMPLE_RESOURCE.id,
  title: EXAMPLE_RESOURCE.title,
  percent: 40,
  seconds: 90,
  viewedAt: '2026-03-01T12:00:00.000Z',
  completedAt: null,
  rating: null,
  bookmarked: true,
}

export const EXAMPLE_PROFILE: ProfileResponse = {
  displayName: 'Ada Example',
  skillLevel: 'beginner',
  timeZone: 'Europe/London',
  interests: ['cooperatives'],
}

export const EXAMPLE_DASHBOARD: Dashboard = {
  user: {
    name: 'Ada Example',
    level: 'beginner',
    resourcesCompleted: 1,
    secondsSpent: 5_400,
    streakDays: 2,
  },
  recommendations: [EXAMPLE_RECOMMENDATION],
  continueLearning: [{ resource: EXAMPLE_RESOURCE, percent: 40, viewedAt: '2026-03-01T12:00:00.000Z' }],
  achievements: [
    {
      id: 'first-steps',
      title: 'First steps',
      description: 'Completed a first resource',
      earnedAt: '2026-02-27T09:30:00.000Z',
    },
  ],
}

/** Of the starter set: what is done to it in examples can be done. */
export const EXAMPLE_LOCAL: LocalResource = {
  id: stableId('starter:rainbow-grocery'),
  name: 'Rainbow Grocery Cooperative',
  type: 'food',
  description: 'A grocery that belongs to those who work in it, since 1975.',
  address: '1745 Folsom Street',
  city: 'San Francisco',
  state: 'CA',
  zipCode: '94103',
  country: 'us',
  phone: null,
  email: null,
  website: 'https://rainbow.coop/',
  workerOwned: true,
  cooperative: true,
  unionShop: false,
  unions: [],
  verified: true,
  latitude: 37.7687,
  longitude: -122.4157,
  ratingMean: null,
  ratingCount: 0,
}
