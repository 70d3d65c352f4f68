// From a postcode to districts.
import { type DistrictTable, districtsOf } from '@workforce-democracy/shared'
import { expect, test } from 'vitest'

const US: DistrictTable = {
  version: 'us-1',
  jurisdiction: 'us',
  districts: [
    { state: 'AL', district: '6', postcodes: '35004 35005' },
    { state: 'AL', district: '7', postcodes: '35005 35006' },
    { state: 'VT', district: '0', postcodes: '05001' },
  ],
}
const GB: DistrictTable = {
  version: 'gb-1',
  jurisdiction: 'gb',
  districts: [{ state: 'England', district: 'Made-up North', postcodes: 'ZZ11AA ZZ992ZZ' }],
}

test.each([
  ['a whole postcode', US, '35004', ['AL 6']],
  ['one that a border runs through', US, '35005', ['AL 6', 'AL 7']],
  ['one with the digits of a street', US, '05001-1234', ['VT 0']],
  ['another country’s, however it is written', GB, 'zz99 2zz', ['England Made-up North']],
  ['one that is not known', US, '99999', []],
  ['the beginning of one', US, '3500', []],
  ['two at once', US, '35004 35005', []],
  ['nothing', US, ' ', []],
])('[O21] %s', (_what, table, postcode, expected) => {
  expect(districtsOf(table, postcode).map(({ state, district }) => `${state} ${district}`)).toEqual(expected)
})
