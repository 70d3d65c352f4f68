// Postcodes and the electoral districts that they lie in: ZIP tabulation areas of the US Census, or any country's table.
import { normalPostcode } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { addDistricts, deleteDistrictsBut, type PostcodeDistrict } from '../db/districts.ts'
import { bumpRevision } from '../db/imports.ts'
import { type Converted, checked, type Importer } from './importer.ts'

/** A line of the list of US ZIP tabulation areas; `cd` is 0 where the state is one district. */
const zipDistrictSchema = z.object({
  state_abbr: z.string().check(z.regex(/^[A-Z]{2}$/)),
  zcta: z.string().check(z.regex(/^\d{5}$/)),
  cd: z.string().check(z.regex(/^\d{1,2}$/)),
})

/** A line for any country. */
const postcodeDistrictSchema = z.object({
  jurisdiction: z.string().check(z.regex(/^[a-z]{2}(-[a-z0-9]{1,8})?$/)),
  postcode: z.string().check(z.regex(/^[0-9A-Za-z][0-9A-Za-z -]{0,11}$/)),
  state: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
  district: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
})

/** Adds districts; those that a whole file of the same jurisdiction no longer has are deleted at its end. */
export const districtImporter: Importer<PostcodeDistrict> = {
  noun: 'districts of postcodes',
  batchSize: 5000,
  keyOf: ({ jurisdiction, postcode, state, district }) =>
    JSON.stringify([jurisdiction, postcode, state, district]),
  convert: value =>
    typeof value === 'object' && value !== null && 'zcta' in value
      ? checked(zipDistrictSchema, value, ({ state_abbr, zcta, cd }) =>
          // As the list of legislators has it, which counts without leading zeros.
          toItem({ jurisdiction: 'us', postcode: zcta, state: state_abbr, district: String(Number(cd)) }),
        )
      : checked(postcodeDistrictSchema, value, toItem),
  async write(db, rows) {
    const added = await addDistricts(db, rows)
    if (added > 0) await bumpRevision(db, 'districts')
    return { added, updated: 0, unchanged: rows.length - added }
  },
  async finish(db, keys) {
    if (keys.size > 0 && (await deleteDistrictsBut(db, [...keys].map(rowOf))) > 0)
      await bumpRevision(db, 'districts')
  },
}

const toItem = (row: PostcodeDistrict): Converted<PostcodeDistrict> => ({
  item: { ...row, postcode: normalPostcode(row.jurisdiction, row.postcode) },
})

function rowOf(key: string): PostcodeDistrict {
  const [jurisdiction = '', postcode = '', state = '', district = ''] = JSON.parse(key) as readonly string[]
  return { jurisdiction, postcode, state, district }
}
