// What the published catalogs hold, from the database. Counts of few people are left out: they would tell of them.
import type {
  Bill,
  CivicCatalog,
  DistrictTable,
  Position,
  Resource,
  ResourceCatalog,
  RollCall,
} from '@workforce-democracy/shared'
import { packPositions } from '@workforce-democracy/shared'
import { type DecidingRollCall, listBills, listDecidingRollCalls, listSittingMembers } from '../db/civic.ts'
import type { Db } from '../db/database.ts'
import { listDistricts } from '../db/districts.ts'
import { listPaths } from '../db/learning-paths.ts'
import { listResources, type ResourceRow } from '../db/resources.ts'

/** Fewer people than this are not told of. */
const FEWEST_PEOPLE = 20

/** Resources that are shown, the paths along them, and the topics of bills. */
export async function buildResources(db: Db): Promise<Omit<ResourceCatalog, 'version'>> {
  const [resources, bills] = [await listResources(db), await listBills(db)]
  return {
    resources: resources.map(toResource),
    paths: await listPaths(db),
    billTopics: topicsByBill(bills),
  }
}

/** A resource as everybody may see it. */
export function toResource({ ratingAverage, ratingCount, viewCount, ...resource }: ResourceRow): Resource {
  return {
    ...resource,
    ratingMean: ratingCount < FEWEST_PEOPLE ? null : ratingAverage,
    ratingCount: publicCount(ratingCount),
    viewCount: publicCount(viewCount),
  }
}

function publicCount(count: number): number {
  return count < FEWEST_PEOPLE ? 0 : Math.round(count / 10) * 10
}

function topicsByBill(bills: readonly Bill[]): Record<string, readonly string[]> {
  return Object.fromEntries(bills.flatMap(({ id, topics }) => (topics.length > 0 ? [[id, topics]] : [])))
}

/** The postcodes of each district, by jurisdiction. */
export async function buildDistricts(db: Db): Promise<ReadonlyMap<string, DistrictTable['districts']>> {
  const byJurisdiction = new Map<string, DistrictTable['districts'][number][]>()
  for (const { jurisdiction, ...district } of await listDistricts(db)) {
    const districts = byJurisdiction.get(jurisdiction) ?? []
    districts.push(district)
    byJurisdiction.set(jurisdiction, districts)
  }
  return byJurisdiction
}

/** Sitting members, bills, and how the members voted where a bill was decided. */
export async function buildCivic(db: Db): Promise<Omit<CivicCatalog, 'version'>> {
  const bills = await listBills(db)
  const members = await listSittingMembers(db)
  const rollCalls = await listDecidingRollCalls(db)
  const indexByKey = new Map(members.map(({ key }, index) => [key, index]))
  return {
    bills,
    representatives: members.map(({ member }) => member),
    rollCalls: rollCalls.map(rollCall => toRollCall(rollCall, indexByKey)),
  }
}

const POSITION_BY_CODE: Readonly<Record<number, Position>> = {
  1: 'yes',
  2: 'no',
  3: 'present',
  4: 'not-voting',
}

function toRollCall(
  { positions: stored, votedAt, ...rollCall }: DecidingRollCall,
  indexByKey: ReadonlyMap<number, number>,
): RollCall {
  const positions = new Array<Position | undefined>(indexByKey.size).fill(undefined)
  for (let at = 0; at < stored.length; at += 4) {
    const entry = stored.readUInt32BE(at)
    const index = indexByKey.get(entry >>> 3)
    if (index !== undefined) positions[index] = POSITION_BY_CODE[entry & 7]
  }
  return { ...rollCall, votedAt: votedAt.toISOString(), positions: packPositions(positions) }
}
