// The published catalogs, kept in memory for as long as the database says that they are current.
import type { CivicCatalog, DistrictTable, LocalCatalog, ResourceCatalog } from '@workforce-democracy/shared'
import { inSnapshot, type Pool } from '../db/database.ts'
import { readRevisions } from '../db/imports.ts'
import { listLocalResources } from '../db/local-resources.ts'
import { buildCivic, buildDistricts, buildResources } from './build.ts'
import { toLocalResource } from './local-view.ts'
import { type Published, publish } from './published.ts'

/** The public catalogs. What they give is current at the moment of the call. */
export interface Catalogs {
  resources(): Promise<ResourceCatalog>
  civic(): Promise<CivicCatalog>
  /** The same with their bytes. */
  publishedResources(): Promise<Published<ResourceCatalog>>
  publishedCivic(): Promise<Published<CivicCatalog>>
  /** Of a jurisdiction; without any district where there is no table of it. */
  publishedDistricts(jurisdiction: string): Promise<Published<DistrictTable>>
  /** Places of a country, and those of no one country. */
  publishedLocal(country: string): Promise<Published<LocalCatalog>>
}

/** Reads the catalogs from Postgres; each revision is built once, however many ask. */
export function createCatalogs({ pool }: { readonly pool: Pool }): Catalogs {
  const currentRevisions = sharedWhileRunning(() => readRevisions(pool))
  const publishedResources = keptByRevision(
    // topics of bills are in it
    async () => {
      const { resources, civic } = await currentRevisions()
      return `${resources}.${civic}`
    },
    async () => publish(await inSnapshot(pool, buildResources)),
  )
  const publishedCivic = keptByRevision(
    async () => String((await currentRevisions()).civic),
    async () => publish(await inSnapshot(pool, buildCivic)),
  )
  const districts = keptByRevision(
    async () => String((await currentRevisions()).districts),
    async () =>
      new Map(
        [...(await inSnapshot(pool, buildDistricts))].map(([jurisdiction, districts]) => [
          jurisdiction,
          publish({ jurisdiction, districts }),
        ]),
      ),
  )
  /** The countries that somebody has asked for. */
  const localByCountry = keptByRevision(
    async () => String((await currentRevisions()).local),
    async () => new Map<string, Promise<Published<LocalCatalog>>>(),
  )
  const buildLocal = async (country: string) =>
    publish({ country, resources: (await listLocalResources(pool, country)).map(toLocalResource) })
  return {
    async publishedLocal(country) {
      const kept = await localByCountry()
      const built = kept.get(country) ?? buildLocal(country)
      kept.set(country, built)
      built.catch(() => kept.delete(country))
      return built
    },
    publishedDistricts: async jurisdiction =>
      (await districts()).get(jurisdiction) ?? publish({ jurisdiction, districts: [] }),
    publishedResources,
    publishedCivic,
    resources: async () => (await publishedResources()).catalog,
    civic: async () => (await publishedCivic()).catalog,
  }
}

/**
 * Keeps what was built until the revision is another. The revision is read before building: a change that falls in
 * between is at worst built twice.
 */
function keptByRevision<T>(revisionOf: () => Promise<string>, build: () => Promise<T>): () => Promise<T> {
  let kept: { readonly revision: string; readonly built: Promise<T> } | undefined
  return async () => {
    const revision = await revisionOf()
    if (kept?.revision === revision) return kept.built
    const building = { revision, built: build() }
    kept = building
    building.built.catch(() => {
      if (kept === building) kept = undefined
    })
    return building.built
  }
}

/** Calls while one is running share a later run: what it gives is never older than the call. */
function sharedWhileRunning<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const start = (): Promise<T> => {
    const started = run().finally(() => {
      if (running === started) running = undefined
    })
    running = started
    return started
  }
  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
