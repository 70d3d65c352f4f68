// Requests of an admin: each with the access token of who is signed in on this device.
import type {
  AdminResource,
  AuditLogEntry,
  ImportRun,
  LearningPath,
  LocalChange,
  LocalSubmission,
  Page,
  PathChange,
  ResourceChange,
  ResourceInput,
} from '@workforce-democracy/shared'
import { CodedError, ERROR_KINDS, type ErrorCode } from '@workforce-democracy/shared'

/** What of the client requests need. */
export interface Caller {
  accessToken(): Promise<string>
}

/** What admins can do over HTTP. */
export interface AdminApi {
  resources(query: { readonly status: string; readonly cursor?: string }): Promise<Page<AdminResource>>
  createResource(input: ResourceInput): Promise<AdminResource>
  changeResource(id: string, change: ResourceChange): Promise<AdminResource>
  paths(cursor?: string): Promise<Page<LearningPath>>
  createPath(path: PathChange & { readonly id: string }): Promise<LearningPath>
  changePath(id: string, change: PathChange): Promise<LearningPath>
  deletePath(id: string): Promise<void>
  places(query: { readonly status: string; readonly cursor?: string }): Promise<Page<LocalSubmission>>
  changePlace(id: string, change: LocalChange): Promise<LocalSubmission>
  imports(): Promise<Page<ImportRun>>
  auditLog(cursor?: string): Promise<Page<AuditLogEntry>>
}

/** A refusal that names the fields that are wrong. */
export class FieldErrors extends CodedError {
  readonly fields: readonly { readonly path: string; readonly message: string }[]

  constructor(fields: FieldErrors['fields']) {
    super('invalid-input', fields.map(({ path, message }) => `${path}: ${message}`).join('; '))
    this.fields = fields
  }
}

/** Makes the requests. */
export function createAdminApi(caller: Caller): AdminApi {
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`/api${path}`, {
      ...{ method, credentials: 'omit' },
      headers: {
        authorization: `Bearer ${await caller.accessToken()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(cause => {
      throw new CodedError('offline', undefined, { cause })
    })
    if (!response.ok) throw await refusal(response)
    return (response.status === 204 ? undefined : await response.json()) as T
  }
  const query = (values: Readonly<Record<string, string | undefined>>) => {
    const given = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]))
    return `?${new URLSearchParams([['limit', '50'], ...given])}`
  }
  const at = (place: string, id: string) => `${place}/${encodeURIComponent(id)}`
  return {
    resources: ({ status, cursor }) => send('GET', `/admin/resources${query({ status, cursor })}`),
    createResource: input => send('POST', '/resources', input),
    changeResource: (id, change) => send('PUT', at('/resources', id), change),
    paths: cursor => send('GET', `/learning/paths${query({ cursor })}`),
    createPath: path => send('POST', '/learning/paths', path),
    changePath: (id, change) => send('PUT', at('/learning/paths', id), change),
    deletePath: id => send('DELETE', at('/learning/paths', id)),
    places: ({ status, cursor }) => send('GET', `/admin/local-resources${query({ status, cursor })}`),
    changePlace: (id, change) => send('PUT', at('/admin/local-resources', id), change),
    imports: () => send('GET', '/admin/imports'),
    auditLog: cursor => send('GET', `/admin/audit-log${query({ cursor })}`),
  }
}

async function refusal(response: Response): Promise<CodedError> {
  const problem = (await response.json().catch(() => ({}))) as {
    readonly code?: string
    readonly detail?: string
    readonly errors?: FieldErrors['fields']
  }
  if (problem.errors && problem.errors.length > 0) return new FieldErrors(problem.errors)
  const code = problem.code !== undefined && isErrorCode(problem.code) ? problem.code : 'internal'
  return new CodedError(code, problem.detail)
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_KINDS, code)
