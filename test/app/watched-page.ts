// A page that says what it did that a person would not want: errors, requests to elsewhere, violations of its policy.
import type { Profile } from '../support/browser/browser.ts'

/** What somebody might object to, of everything that a profile did so far. */
export function watchErrors(profile: Profile): () => readonly string[] {
  const errors: string[] = []
  profile.context.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
  })
  return () => [...errors, ...profile.watched.errors, ...profile.watched.violations]
}

/** Origins that pages of the profile asked for something. */
export function originsOf({ watched }: Profile): ReadonlySet<string> {
  return new Set(watched.requests.map(url => new URL(url.replace(/^ws/, 'http')).origin))
}
