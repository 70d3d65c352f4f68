// Owns the one table of error codes: what each means over HTTP and over a WebSocket, and whether to try again.

/** What a code means to the two transports. `status` is HTTP, `closeCode` is the WebSocket close code (SPEC P9). */
interface ErrorKind {
  readonly title: string
  readonly status: number
  readonly closeCode: number
  readonly retryable: boolean
}

const kind = (title: string, status: number, closeCode: number, retryable = false): ErrorKind => ({
  title,
  status,
  closeCode,
  retryable,
})

/** Every code that this project gives out, stable across versions. */
export const ERROR_KINDS = {
  // input
  'invalid-input': kind('The request does not have the documented form', 400, 4400),
  'invalid-bill-id': kind('This is not the form of a bill id', 400, 4400),
  'invalid-key': kind('This is not the form of a key of this document', 400, 4400),
  'malformed-message': kind('The message does not have the documented form', 400, 4400),
  'malformed-register': kind('The register does not have the documented form', 400, 4400),
  'stamp-exhausted': kind(
    'The register carries the greatest stamp there is and cannot be superseded',
    409,
    4400,
  ),
  'too-large': kind('The message or document is larger than allowed', 413, 4413),
  'too-costly': kind('Taking it in would make the document take the server too long', 413, 4413),
  // who
  unauthorized: kind('The token is missing, bad, expired or revoked', 401, 4401),
  'wrong-credentials': kind('No account has this name with this password', 401, 4401),
  forbidden: kind('Not allowed', 403, 4403),
  'not-found': kind('Not found', 404, 4404),
  'invalid-token': kind('The token of this mail is unknown, used or expired', 400, 4400),
  'record-conflict': kind('The account record has changed since', 409, 4409),
  'already-exists': kind('There is one of this id already', 409, 4409),
  'idempotency-key-reused': kind('This Idempotency-Key is the name of another write', 422, 4409),
  'login-taken': kind('An account with this email address or username exists', 409, 4403),
  // documents and consent
  'unknown-document': kind('There is no such document', 404, 4404),
  'consent-required': kind('The person has not opened this category to the server', 409, 4403),
  'document-sealed': kind('This category is sealed: only the devices can read and write it', 409, 4403),
  'device-required': kind('Only a device can change this', 409, 4403),
  moved: kind('The document has moved to another generation', 409, 4409),
  tampered: kind('The server withholds part of a sealed document', 409, 4403),
  'rolled-back': kind('The server has gone back behind what this device had of a sealed document', 409, 4403),
  forked: kind('The server has shown two devices two histories', 409, 4403),
  'receipt-refused': kind('The server gave a receipt that it has not signed', 409, 4403),
  'keys-outdated': kind('This is sealed with a newer key of the account than this device has', 409, 4403),
  'protocol-too-old': kind('The server no longer speaks this version of the protocol', 426, 4426),
  // the server's condition
  overloaded: kind('The server is overloaded or its database is away', 503, 4503, true),
  'too-many': kind('Too many requests or connections', 429, 4529, true),
  restarting: kind('The server is restarting', 503, 1012, true),
  internal: kind('Something went wrong on the server', 500, 4503, true),
  'at-rest-damaged': kind('What is stored on the server cannot be opened', 500, 4503),
  // the device
  'wrong-passphrase': kind('The passphrase or store secret does not open this store', 403, 4403),
  'store-damaged': kind('The store on this device is damaged', 500, 4403),
  'store-failed': kind('The device could not save', 500, 4503, true),
  'envelope-damaged': kind('The encrypted content is damaged or belongs elsewhere', 500, 4403),
  'store-in-use': kind('Another client has this store open', 409, 4403, true),
  'store-outdated': kind('A newer version of this program has taken the store over', 409, 4403),
  'storage-full': kind('There is no room left for it on this device', 507, 4503, true),
  'storage-unavailable': kind('This browser, or this window of it, keeps nothing', 503, 4403),
  'storage-blocked': kind('Another tab holds the store open in an older form', 409, 4403, true),
  'tab-lost': kind('The tab that did this was closed before it could answer', 409, 4403, true),
  'client-closed': kind('The client has been closed', 409, 4403),
  offline: kind('The server cannot be reached', 503, 4503, true),
  'unsafe-derivation': kind(
    'The server asks for a password derivation that is too weak or too costly',
    403,
    4403,
  ),
  'account-deleted': kind('This account has been deleted', 401, 4401),
  'account-replaced': kind('The account has another identity than this device knows', 409, 4403),
  'record-refused': kind('The account record is not signed, or older than one seen before', 409, 4403),
  'keys-locked': kind('The keys of this account need its recovery code', 403, 4403),
  'wrong-recovery-code': kind('This is not the form of a recovery code, or it is mistyped', 400, 4400),
  'account-plain': kind('This account was made without keys and has to be adopted', 409, 4403),
  'store-lost': kind('This device had a store, and it is gone', 500, 4403),
  'not-signed-in': kind('This needs an account, and nobody is signed in', 401, 4401),
  // export and import
  'export-truncated': kind('The export file ends early', 400, 4400),
  'export-damaged': kind('The export file is damaged', 400, 4400),
  'export-unknown-version': kind('The export file was made by a newer version', 400, 4400),
  // configuration and importers
  'invalid-config': kind('The configuration is not usable', 500, 4503),
  'migration-changed': kind('A migration that was applied has been changed since', 500, 4503),
  'migration-unknown': kind('The database was migrated by a newer version', 500, 4503),
  'migration-failed': kind('A migration of the database failed', 500, 4503),
  'data-directory-in-use': kind('Another server runs on this data directory', 409, 4503),
  'embedded-postgres-failed': kind('The embedded PostgreSQL cannot be used', 500, 4503),
  'invalid-line': kind('A line of the file does not have the expected form', 400, 4400),
} as const satisfies Record<string, ErrorKind>

/** A stable code from {@link ERROR_KINDS}. */
export type ErrorCode = keyof typeof ERROR_KINDS

/**
 * The one error class of the project. `detail` is for people and never holds personal content;
 * `code` is what programs look at.
 *
 * @example
 * throw new CodedError('invalid-bill-id', 'A US bill id looks like hr8-118.')
 */
export class CodedError extends Error {
  override readonly name = 'CodedError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  /** When to try again, where that is known. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    detail?: string,
    options?: ErrorOptions & { readonly retryAfterSeconds?: number },
  ) {
    super(detail ? `${ERROR_KINDS[code].title}: ${detail}` : ERROR_KINDS[code].title, options)
    this.code = code
    this.detail = detail
    this.retryAfterSeconds = options?.retryAfterSeconds
  }

  /** HTTP status of this error. */
  get status(): number {
    return ERROR_KINDS[this.code].status
  }

  /** WebSocket close code of this error. */
  get closeCode(): number {
    return ERROR_KINDS[this.code].closeCode
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return ERROR_KINDS[this.code].retryable
  }
}

/**
 * The code of an error, `internal` for one that is not ours.
 *
 * @example
 * await client.votes.cast('no bill', 'yes').catch(error => console.log(errorCode(error)))
 */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof CodedError ? error.code : 'internal'
}
