// The client SDK: what runs everywhere. Programs for Node import `@workforce-democracy/client/node`.
export type {
  Achievement,
  AgreementVote,
  Alignment,
  BegunResource,
  Dashboard,
  DayOfProgress,
  DeviceDescription,
  DocumentName,
  ErrorCode,
  FoundLocal,
  FoundLocalResource,
  JsonValue,
  LearningPath,
  LocalInput,
  LocalQuery,
  LocalRating,
  LocalResource,
  LocalSubmission,
  LocalType,
  MailLanguage,
  PathProgress,
  PrivacyFlags,
  ProgressStats,
  Recommendation,
  Register,
  StoredResponse,
  StoredValue,
  TopicAgreement,
  Uses,
} from '@workforce-democracy/shared'
export { agreementByTopic, CodedError, ERROR_KINDS, errorCode } from '@workforce-democracy/shared'
export type { Adoption } from './account/adoption.ts'
export type { ChangedKeys, PasswordOrCode } from './account/new-password.ts'
export type { Recovery } from './account/recovery.ts'
export type { NewKeys, Registration } from './account/registration.ts'
export type { Credentials } from './account/sign-in.ts'
export type { KeysStatus } from './account/standing.ts'
export type { Account, Devices } from './account.ts'
export type { Catalogs } from './catalogs.ts'
export { type Client, type ClientOptions, type OwnDashboard, openClient, type StoreReport } from './client.ts'
export type { ImportResult } from './export.ts'
export type { InspectedDocument, Inspection } from './inspection.ts'
export type { Local } from './local.ts'
export type { Recommendations } from './recommendations.ts'
export type { SavedWrite, StoreCondition } from './replica.ts'
export type { FoundRepresentatives, RepresentativeQuery } from './representatives.ts'
export type { User } from './session.ts'
export type { OnDamage } from './store/encrypted-rows.ts'
export { createMemoryStore } from './store/memory-store.ts'
export type { Batch, Row, Store, StoreOpening, StoreOpenOptions } from './store/store.ts'
export type { Sync, SyncStatus, Tampering } from './sync/sync.ts'
export type { Bookmark, Bookmarks } from './verbs/bookmarks.ts'
export type { Note, Notes } from './verbs/notes.ts'
export type { Paths, PathView } from './verbs/paths.ts'
export type { Privacy, PrivacyChoice, PrivacyRecord, SavedChoice } from './verbs/privacy.ts'
export type { Profile, ProfileChanges } from './verbs/profile.ts'
export type { Progress } from './verbs/progress.ts'
export type { BillDetails, Vote, Votes } from './verbs/votes.ts'
