// Learning resources from the lists that this project knows how to read.

import { bumpRevision } from '../db/imports.ts'
import { type ImportedResource, upsertResources } from '../db/resources.ts'
import { convertCoopLink } from './formats/coop-links.ts'
import { convertCrsProduct } from './formats/crs-products.ts'
import { convertFreeBook } from './formats/free-books.ts'
import { convertWorkerAction } from './formats/worker-actions.ts'
import type { Converted, Importer } from './importer.ts'

/** What `--format` takes. */
export const RESOURCE_FORMATS = ['coop-links', 'crs-products', 'worker-actions', 'free-books'] as const
export type ResourceFormat = (typeof RESOURCE_FORMATS)[number]

const CONVERTERS: Readonly<Record<ResourceFormat, (value: unknown) => Converted<ImportedResource>>> = {
  'coop-links': convertCoopLink,
  'crs-products': convertCrsProduct,
  'worker-actions': convertWorkerAction,
  'free-books': convertFreeBook,
}

/** Tells the format by the fields of the first entry. */
export function sniffResourceFormat(head: string): ResourceFormat | undefined {
  if (/^"?Product Number"?,/.test(head)) return 'crs-products'
  if (/^\s*\[[^\]]*"line"\s*:/.test(head)) return 'coop-links'
  if (/^\s*\[/.test(head) && /"sources"\s*:/.test(head) && /"actions"\s*:/.test(head)) return 'worker-actions'
  return /^\s*\{[^\n]*"section"\s*:/.test(head) ? 'free-books' : undefined
}

/** Stores the resources of one format. */
export function resourceImporter(format: ResourceFormat): Importer<ImportedResource> {
  return {
    noun: 'resources',
    batchSize: 500,
    keyOf: resource => resource.id,
    convert: CONVERTERS[format],
    async write(db, resources) {
      const { added, updated } = await upsertResources(db, resources)
      if (added + updated > 0) await bumpRevision(db, 'resources')
      return { added, updated, unchanged: resources.length - added - updated }
    },
  }
}
