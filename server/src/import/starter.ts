// The starter set: a small catalog of facts, so that a new server has something to show.
import type { LearningPath } from '@workforce-democracy/shared'
import { addBills, hasBills, upsertRepresentatives } from '../db/civic.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { addDistricts, hasDistricts } from '../db/districts.ts'
import { bumpRevision } from '../db/imports.ts'
import { insertPath } from '../db/learning-paths.ts'
import { hasLocalResources, upsertLocalResources } from '../db/local-resources.ts'
import { hasResources, type ImportedResource, upsertResources } from '../db/resources.ts'
import { toPlace } from './formats/place-fields.ts'
import { toResource } from './formats/resource-fields.ts'
import { rollCallImporter } from './roll-calls.ts'
import { stableId } from './stable-id.ts'
import { STARTER_BILLS, STARTER_MEMBERS, STARTER_ROLL_CALLS, type StarterRollCall } from './starter/civic.ts'
import { STARTER_DISTRICTS } from './starter/districts.ts'
import { STARTER_PLACES } from './starter/local.ts'
import { STARTER_PATHS, type StarterPath } from './starter/paths.ts'
import { STARTER_RESOURCES, type StarterResource } from './starter/resources.ts'

/**
 * Fills a catalog that is empty; each part of one that is not stays as it is.
 *
 * @returns how many resources, bills, postcodes (once for each of their districts) and places were added
 */
export function importStarter(
  pool: Pool,
): Promise<Readonly<Record<'resources' | 'bills' | 'postcodes' | 'places', number>>> {
  return inTransaction(pool, async db => ({
    resources: (await hasResources(db)) ? 0 : await addResources(db),
    bills: (await hasBills(db)) ? 0 : await addCivic(db),
    postcodes: (await hasDistricts(db)) ? 0 : await addPostcodes(db),
    places: (await hasLocalResources(db)) ? 0 : await addPlaces(db),
  }))
}

async function addResources(db: Db): Promise<number> {
  const { added } = await upsertResources(db, STARTER_RESOURCES.map(toImported))
  for (const path of STARTER_PATHS) await insertPath(db, toPath(path))
  await bumpRevision(db, 'resources')
  return added
}

/** A whole table that is imported later takes out what it does not have, as it does with an edition of its own. */
async function addPostcodes(db: Db): Promise<number> {
  const rows = STARTER_DISTRICTS.flatMap(([state, district, postcodes]) =>
    postcodes.split(' ').map(postcode => ({ jurisdiction: 'us', postcode, state, district })),
  )
  const added = await addDistricts(db, rows)
  await bumpRevision(db, 'districts')
  return added
}

async function addPlaces(db: Db): Promise<number> {
  const { added } = await upsertLocalResources(
    db,
    STARTER_PLACES.map(({ key, point, ...place }) =>
      toPlace({
        ...place,
        ...{ sourceKey: `starter:${key}`, origin: 'starter', cooperative: true, verified: true },
        ...{ latitude: point?.[0] ?? null, longitude: point?.[1] ?? null },
      }),
    ),
  )
  await bumpRevision(db, 'local')
  return added
}

function toPath({ minutes, required, optional, ...path }: StarterPath): LearningPath {
  const toSteps = (urls: readonly string[], isRequired: boolean) =>
    urls.map(url => ({ resourceId: stableId(new URL(url).href), required: isRequired }))
  return {
    ...path,
    estimatedMinutes: minutes,
    steps: [...toSteps(required, true), ...toSteps(optional, false)],
  }
}

function toImported(resource: StarterResource): ImportedResource {
  const contentUrl = new URL(resource.url).href
  return toResource({
    sourceKey: contentUrl,
    origin: 'starter',
    aliases: resource.alias ? [resource.alias] : [],
    type: resource.type,
    title: resource.title,
    description: resource.description,
    contentUrl,
    durationMinutes: resource.minutes ?? null,
    difficulty: resource.difficulty,
    topics: resource.topics.split(' '),
    author: resource.author ?? null,
    sourceOrganization: resource.organization ?? null,
    publishedOn: resource.publishedOn ?? null,
    verified: true,
  })
}

async function addCivic(db: Db): Promise<number> {
  await upsertRepresentatives(
    db,
    STARTER_MEMBERS.map(([id, lisId, name, party, state, district]) => ({
      id,
      lisId,
      jurisdiction: 'us',
      name,
      party,
      state,
      district,
      chamber: lisId ? ('senate' as const) : ('house' as const),
      current: true,
    })),
  )
  const items = STARTER_ROLL_CALLS.map(rollCall => {
    const converted = rollCallImporter.convert(toSource(rollCall))
    if (!('item' in converted))
      throw new Error(`starter roll call ${rollCall.id}: ${JSON.stringify(converted)}`)
    return converted.item
  })
  await rollCallImporter.write(db, items)
  await addBills(db, STARTER_BILLS)
  return STARTER_BILLS.length + new Set(STARTER_ROLL_CALLS.map(({ billId }) => billId)).size
}

/** In the form that importers read, so that a later import of the same roll call meets what it knows. */
function toSource(rollCall: StarterRollCall): unknown {
  const { id, billId, category, date, question, result, subject, title } = rollCall
  const [, type, number, congress] = /^([a-z]+)(\d+)-(\d+)$/.exec(billId) ?? []
  return {
    vote_id: id,
    chamber: id.charAt(0),
    category,
    date,
    question,
    result,
    ...(subject && { subject }),
    bill: { type, number: Number(number), congress: Number(congress), ...(title && { title }) },
    votes: {
      Yea: votersOf(rollCall.yea),
      Nay: votersOf(rollCall.nay),
      'Not Voting': votersOf(rollCall.notVoting ?? ''),
    },
  }
}

function votersOf(ids: string): unknown[] {
  return STARTER_MEMBERS.filter(([id]) => ids.split(' ').includes(id)).map(
    ([id, lisId, name, party, state]) => ({ id: lisId ?? id, display_name: name, party, state }),
  )
}
