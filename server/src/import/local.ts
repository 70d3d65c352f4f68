// Places near by, from the lists that this project knows how to read.
import { bumpRevision } from '../db/imports.ts'
import { type ImportedLocalResource, upsertLocalResources } from '../db/local-resources.ts'
import { convertFarmersMarket } from './formats/farmers-markets.ts'
import { convertTechCoop } from './formats/tech-coops.ts'
import { convertUkCoop } from './formats/uk-coops.ts'
import { convertUnionElection } from './formats/union-elections.ts'
import type { Converted, Importer } from './importer.ts'

/** What `--format` takes. */
export const LOCAL_FORMATS = ['tech-coops', 'union-elections', 'farmers-markets', 'uk-coops'] as const
export type LocalFormat = (typeof LOCAL_FORMATS)[number]

const CONVERTERS: Readonly<Record<LocalFormat, (value: unknown) => Converted<ImportedLocalResource>>> = {
  'tech-coops': convertTechCoop,
  'union-elections': convertUnionElection,
  'farmers-markets': convertFarmersMarket,
  'uk-coops': convertUkCoop,
}

/** Tells the format by the fields of the first entry. */
export function sniffLocalFormat(head: string): LocalFormat | undefined {
  if (/^"?Case Number"?,/.test(head)) return 'union-elections'
  if (/^"?FMID"?,/.test(head)) return 'farmers-markets'
  if (/^"?Identifier"?,"?Name"?,/.test(head)) return 'uk-coops'
  return /^\s*\[[^\]]*"business_areas"\s*:/.test(head) ? 'tech-coops' : undefined
}

/** Stores the places of one format. */
export function localImporter(format: LocalFormat): Importer<ImportedLocalResource> {
  return {
    noun: 'places',
    batchSize: 500,
    // Two unions of one shop are two entries of one place.
    keyOf: ({ sourceKey, unions }) => [sourceKey, ...unions].join('\n'),
    convert: CONVERTERS[format],
    async write(db, places) {
      const { added, updated } = await upsertLocalResources(db, places)
      if (added + updated > 0) await bumpRevision(db, 'local')
      return { added, updated, unchanged: places.length - added - updated }
    },
  }
}
