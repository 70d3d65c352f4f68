// Members of Congress as pages name them, and those of the person's place.
import type { Client } from '@workforce-democracy/client'
import type { Member } from './components/catalog-part.ts'
import { locale, t } from './language.ts'

/** Who a member is, in a row of facts. */
export interface MemberFacts {
  readonly role: string
  readonly place: string
}

/** What a member does, and for whom. */
export function memberFacts({
  chamber,
  state,
  district,
}: Pick<Member, 'chamber' | 'state' | 'district'>): MemberFacts {
  const name = stateName(state)
  if (chamber === 'senate') return { role: t.civic.senator, place: name }
  const place =
    district === null || district === '0' ? t.civic.atLarge(name) : t.civic.district1(name, district)
  return { role: t.civic.representative, place }
}

/** Where the page of a member is. */
export const memberHref = (id: string): string => `/civic/members/${encodeURIComponent(id)}`

/** Members of the place in the person's profile, senators first; `undefined` while no place is known. */
export function ownMembers({ catalogs, profile }: Client): readonly Member[] | undefined {
  const { state, district } = profile.get()
  if (!state || !catalogs.civic) return undefined
  return catalogs.civic.representatives
    .filter(
      member =>
        member.state === state && (member.chamber === 'senate' || !district || member.district === district),
    )
    .sort((a, b) => (a.chamber === b.chamber ? 0 : a.chamber === 'senate' ? -1 : 1))
}

const STATES =
  'AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming'

/** States by code, in the order of their names. */
export const stateOptions = (): (readonly [string, string])[] =>
  STATES.split('|')
    .map(each => [each.slice(0, 2), each.slice(3)] as const)
    .sort(([, a], [, b]) => a.localeCompare(b, locale()))

const stateName = (code: string): string => stateOptions().find(([each]) => each === code)?.[1] ?? code
