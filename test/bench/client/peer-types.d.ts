// Of libraries that are measured beside the SDK and not installed with it, what the measurements use.
declare module 'rxdb' {
  interface Collection {
    find(): { exec(): Promise<readonly unknown[]> }
    incrementalUpsert(document: object): Promise<unknown>
  }
  export function createRxDatabase(options: object): Promise<{
    addCollections<Names extends string>(schemas: Record<Names, object>): Promise<Record<Names, Collection>>
    close(): Promise<unknown>
  }>
}

declare module 'rxdb/plugins/storage-dexie' {
  export function getRxStorageDexie(options: { chromeTransactionDurability: 'strict' }): object
}

declare module '@evolu/common' {
  interface Database {
    selectFrom(table: string): {
      selectAll(): object
      select(column: string): { limit(rows: number): object }
    }
  }
  interface Evolu {
    createQuery(build: (database: Database) => object): object
    getError(): unknown
    subscribeError(listener: () => void): void
    loadQuery(query: object): Promise<readonly unknown[]>
    upsert(
      table: string,
      values: object,
      options: { onComplete: () => void },
    ): { readonly ok: true } | { readonly ok: false; readonly error: unknown }
  }
  export function createEvolu(
    dependencies: object,
  ): (schema: object, options: { name: string; transports: readonly [] }) => Evolu
  export function createIdFromString(text: string): string
  export function id(table: string): object
  export function nullOr(type: object): object
  export const NonEmptyString100: object
  export const SimpleName: { orThrow(name: string): string }
}

declare module '@evolu/web' {
  export const evoluWebDeps: object
}

interface Window {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown
  }
}
