// Places near by: shops, markets, co-operatives, union shops.

/** What one finds there. */
export const LOCAL_TYPES = [
  ...(['food', 'housing', 'healthcare', 'legal', 'employment', 'education', 'finance'] as const),
  ...(['technology', 'energy', 'arts', 'community', 'retail', 'agriculture', 'other'] as const),
] as const
export type LocalType = (typeof LOCAL_TYPES)[number]

/** A place as everybody may see it. */
export interface LocalResource {
  readonly id: string
  readonly name: string
  readonly type: LocalType
  readonly description: string | null
  readonly address: string | null
  readonly city: string | null
  /** In the US by its two letters. */
  readonly state: string | null
  readonly zipCode: string | null
  /** ISO 3166-1, lower case; `null` where it is of no one country. */
  readonly country: string | null
  readonly phone: string | null
  readonly email: string | null
  readonly website: string | null
  readonly workerOwned: boolean
  readonly cooperative: boolean
  readonly unionShop: boolean
  /** Unions that were certified there. */
  readonly unions: readonly string[]
  /** Whether it is from a public register, or was looked at. */
  readonly verified: boolean
  /** Degrees (WGS 84). */
  readonly latitude: number | null
  readonly longitude: number | null
  /** `null` until three people have rated it. */
  readonly ratingMean: number | null
  /** 0 until three people have rated it. */
  readonly ratingCount: number
}

/** All places of one country, and those of no one country, as one file. */
export interface LocalCatalog {
  /** Hash of the content. */
  readonly version: string
  readonly country: string
  /** By id. */
  readonly resources: readonly LocalResource[]
}
