// The local part of the starter set: a few places that are known for who owns them.
import type { LocalType } from '@workforce-democracy/shared'

/** A place, with what its authors know of it. */
export interface StarterPlace {
  readonly key: string
  readonly name: string
  readonly type: LocalType
  readonly description: string
  readonly address: string
  readonly city: string
  readonly state: string
  readonly zipCode: string
  readonly country: string
  readonly website: string
  readonly workerOwned?: boolean
  readonly point?: readonly [latitude: number, longitude: number]
}

/** All of them are co-operatives. */
export const STARTER_PLACES: readonly StarterPlace[] = [
  {
    key: 'rainbow-grocery',
    name: 'Rainbow Grocery Cooperative',
    type: 'food',
    description: 'A grocery that belongs to those who work in it, since 1975.',
    address: '1745 Folsom Street',
    city: 'San Francisco',
    state: 'CA',
    zipCode: '94103',
    country: 'us',
    website: 'https://rainbow.coop/',
    workerOwned: true,
    point: [37.7687, -122.4157],
  },
  {
    key: 'park-slope-food-coop',
    name: 'Park Slope Food Coop',
    type: 'food',
    description: 'A grocery that its members own, and in which each of them works some hours.',
    address: '782 Union Street',
    city: 'Brooklyn',
    state: 'NY',
    zipCode: '11215',
    country: 'us',
    website: 'https://www.foodcoop.com/',
    point: [40.6748, -73.9763],
  },
  {
    key: 'cooperative-home-care-associates',
    name: 'Cooperative Home Care Associates',
    type: 'healthcare',
    description: 'Home care in New York, owned by those who give it.',
    address: '400 East Fordham Road',
    city: 'Bronx',
    state: 'NY',
    zipCode: '10458',
    country: 'us',
    website: 'https://www.chcany.org/',
    workerOwned: true,
    point: [40.8613, -73.8906],
  },
  {
    key: 'suma-wholefoods',
    name: 'Suma Wholefoods',
    type: 'food',
    description: 'A wholesaler of wholefoods, run and owned by its workers.',
    address: 'Lacy Way, Lowfields Business Park',
    city: 'Elland',
    state: 'West Yorkshire',
    zipCode: 'HX5 9DB',
    country: 'gb',
    website: 'https://www.suma.coop/',
    workerOwned: true,
  },
  {
    key: 'la-louve',
    name: 'La Louve',
    type: 'food',
    description: 'A supermarket whose members own it and work in it for three hours every four weeks.',
    address: '116 rue des Poissonniers',
    city: 'Paris',
    state: 'Île-de-France',
    zipCode: '75018',
    country: 'fr',
    website: 'https://cooplalouve.fr/',
  },
  {
    key: 'taz',
    name: 'taz, die tageszeitung',
    type: 'arts',
    description: 'A daily newspaper that belongs to a co-operative of its readers.',
    address: 'Friedrichstraße 21',
    city: 'Berlin',
    state: 'Berlin',
    zipCode: '10969',
    country: 'de',
    website: 'https://taz.de/',
  },
]
