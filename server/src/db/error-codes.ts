// What the server makes of Postgres's error codes (PostgreSQL manual, appendix A).

/** Classes of errors that the statement or its data caused: the same again would fail again. */
const LASTING_CLASSES = new Set(['22', '23', '42'])

/** The SQLSTATE of an error thrown by `pg`, if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Whether the same statement may succeed later: deadlocks, serialization failures, lost connections, a database that is away. */
export function isPassing(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined || state.length !== 5 || !LASTING_CLASSES.has(state.slice(0, 2))
}
