// Everything that server and devices share. No I/O, no clock, no randomness.

export * from './account-record/record-schema.ts'
export {
  type AgreementVote,
  type Alignment,
  agreementByTopic,
  agreementOn,
  alignment,
  type TopicAgreement,
} from './civic/alignment.ts'
export { BILL_FORMS, type BillForm, type BillId, checkBillId, parseBillId } from './civic/bill-id.ts'
export { type District, type DistrictTable, districtsOf, normalPostcode } from './civic/districts.ts'
export { POSITION_CODES, packPositions, positionAt, unpackPositions } from './civic/positions.ts'
export type { Bill, CivicCatalog, Position, Representative, RollCall } from './civic/types.ts'
export * from './documents/document-names.ts'
export { freshDocument } from './documents/fresh-document.ts'
export { keyOf, partsOf } from './documents/keys.ts'
export { type ProfileState, profileIn } from './documents/profile-state.ts'
export {
  type Dismissed,
  dismissedIn,
  mergedProgress,
  type ResourceProgress,
} from './documents/progress-state.ts'
export {
  REGISTERS_ROOT,
  RegisterArray,
  type RegisterArrayChange,
  SEALED_ROOT,
} from './documents/register-array.ts'
export { SealedArray, type SealedArrayChange, type SealedElement } from './documents/sealed-array.ts'
export * from './documents/uses.ts'
export * from './documents/values.ts'
export {
  type Aead,
  epochOf,
  NONCE_BYTES,
  type OpenOptions,
  openEnvelope,
  type SealOptions,
  sealEnvelope,
} from './envelope/envelope.ts'
export { pad, paddedLength, unpad } from './envelope/padme.ts'
export { CodedError, ERROR_KINDS, type ErrorCode, errorCode } from './errors.ts'
export { EXPORT_VERSION, type ExportData, parseExport, renderExport } from './export-format/export-format.ts'
export * from './http-api/admin.ts'
export * from './http-api/auth.ts'
export * from './http-api/browser-copy.ts'
export * from './http-api/civic.ts'
export {
  type GenerationRequest,
  type GenerationResponse,
  generationRequestSchema,
  generationResponseSchema,
} from './http-api/generations.ts'
export { idempotencyKeySchema } from './http-api/idempotency.ts'
export * from './http-api/keys.ts'
export * from './http-api/learning.ts'
export * from './http-api/learning-paths.ts'
export { type ListQuery, listQuerySchema, type Page } from './http-api/lists.ts'
export * from './http-api/local.ts'
export { PROBLEM_MEDIA_TYPE, type Problem, problemSchema, toProblem } from './http-api/problem.ts'
export * from './http-api/resources.ts'
export * from './http-api/stored.ts'
export * from './http-api/user.ts'
export { type Achievement, achievementsIn } from './learning/achievements.ts'
export { type BegunResource, type Dashboard, dashboard, latestFirst } from './learning/dashboard.ts'
export { type PathProgress, pathProgress } from './learning/paths.ts'
export { resolvedProgress } from './learning/resolved-progress.ts'
export { type Sitting, sittingValues } from './learning/sitting.ts'
export { type DayOfProgress, localDate, type ProgressStats, progressStats } from './learning/stats.ts'
export * from './local/search.ts'
export * from './local/types.ts'
export {
  CHANNELS_SUBPROTOCOL,
  type ChannelFrame,
  decodeChannelFrame,
  encodeChannelFrame,
} from './protocol/channel-frames.ts'
export { CLOSE_CODES } from './protocol/close-codes.ts'
export {
  countedFrameType,
  DURABLE_SUBPROTOCOL,
  decodeMessage,
  EMPTY_UPDATE,
  encodeMessage,
  type Message,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from './protocol/messages.ts'
export * from './receipts/checkpoint.ts'
export * from './receipts/receipt.ts'
export { type Activity, type CountedVote, type PersonState, personState } from './recommend/person-state.ts'
export { type PreparedCatalog, prepareCatalog, resolveResource } from './recommend/prepared-catalog.ts'
export { rank } from './recommend/rank.ts'
export { topicPoints } from './recommend/topic-points.ts'
export {
  TOPICS,
  type Topic,
  topicName,
  topicsOfBillType,
  topicsOfPolicyArea,
  topicsOfText,
} from './recommend/topics.ts'
export type {
  LearningPath,
  PathStep,
  PersonDocuments,
  Reason,
  Recommendation,
  ScoreParts,
} from './recommend/types.ts'
export { RESOURCE_TYPES, type Resource, type ResourceCatalog, type ResourceType } from './recommend/types.ts'
export { canonicalBytes, isJsonValue, type JsonValue } from './registers/json.ts'
export {
  compareRegisters,
  isDeviceName,
  parseEntry,
  type Register,
  type RegisterEntry,
  SERVER_DEVICE,
  toEntry,
} from './registers/register.ts'
export { isStamp, nextStamp, STAMP_LIMIT, STAMPS_PER_MS, stampToMs } from './registers/stamp.ts'
export { joinAll, joinRegister, type ReadonlyState, registersBeyond, type State } from './registers/state.ts'
export { RegisterWriter } from './registers/writer.ts'
export {
  decodeSealedContent,
  encodeSealedContent,
  type SealedContent,
} from './sealed/sealed-content.ts'
export {
  type OpenedElement,
  openElement,
  type SealedPlace,
  type SealedRefusal,
  sealContent,
} from './sealed/sealed-place.ts'
export { type SealedGap, SealedState, type SealedStateOptions, type Taken } from './sealed/sealed-state.ts'
