// Days: enough to recognise a device or an abandoned account by, and no trace of someone's habits.

/** The UTC day of a time, as ISO 8601. */
export function isoDate(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}
