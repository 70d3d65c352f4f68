// The directory of US farmers markets of the Department of Agriculture.
import * as z from 'zod/mini'
import type { ImportedLocalResource } from '../../db/local-resources.ts'
import { type Converted, checked } from '../importer.ts'
import { pointOf, toPlace, US_STATES, webAddress } from './place-fields.ts'
import { cutText } from './resource-fields.ts'

const marketSchema = z.object({
  FMID: z.string().check(z.regex(/^\d+$/)),
  MarketName: z.string().check(z.trim(), z.minLength(1)),
  Website: z.string(),
  street: z.string(),
  city: z.string(),
  County: z.string(),
  State: z.string(),
  zip: z.string(),
  Season1Date: z.string(),
  Season1Time: z.string(),
  x: z.string(),
  y: z.string(),
  SNAP: z.string(),
  WIC: z.string(),
})

/** One market. */
export function convertFarmersMarket(value: unknown): Converted<ImportedLocalResource> {
  return checked(marketSchema, value, (market): Converted<ImportedLocalResource> => {
    const state = US_STATES[market.State.trim().toLowerCase()]
    if (!state) return { rejected: `State: not one of the US: ${market.State.slice(0, 50)}` }
    const takes = [market.SNAP === 'Y' ? 'SNAP' : '', market.WIC === 'Y' ? 'WIC' : ''].filter(Boolean)
    const season = [market.Season1Date, market.Season1Time.replace(/;$/, '')].map(part => part.trim())
    const [zipCode] = /^\d{5}/.exec(market.zip.trim()) ?? []
    return {
      item: toPlace({
        sourceKey: `farmers-markets:${market.FMID}`,
        origin: 'farmers-markets',
        type: 'food',
        name: cutText(market.MarketName, 255) ?? '',
        description: cutText(
          [
            'Farmers market',
            ...season.filter(Boolean),
            ...(takes.length > 0 ? [`takes ${takes.join(' and ')}`] : []),
          ].join('; '),
          5000,
        ),
        address: cutText(market.street, 500),
        city: cutText(market.city, 100) ?? cutText(market.County, 100),
        state,
        zipCode: zipCode ?? null,
        country: 'us',
        website: webAddress(market.Website),
        verified: true,
        ...pointOf(market.y, market.x),
      }),
    }
  })
}
