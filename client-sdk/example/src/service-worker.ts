// The site without network: all its files, kept when a version is installed. Data is the SDK's, and never kept here.

interface WorkerScope {
  readonly clients: { claim(): Promise<void> }
  readonly location: Location
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
}
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

/** Paths of all files of this version, and its name: put in by the build. */
declare const FILES: readonly string[]
declare const VERSION: string

const worker = globalThis as unknown as WorkerScope
const CACHE = `app-${VERSION}`
/** What is never answered from here. */
const SERVER = /^\/(api|admin|health|metrics|\.well-known)(\/|$)/

worker.addEventListener('install', event => {
  event.waitUntil(caches.open(CACHE).then(cache => cache.addAll([...FILES])))
})

worker.addEventListener('activate', event => {
  const tidy = async () => {
    const names = await caches.keys()
    await Promise.all(
      names.filter(name => name.startsWith('app-') && name !== CACHE).map(name => caches.delete(name)),
    )
    await worker.clients.claim()
  }
  event.waitUntil(tidy())
})

worker.addEventListener('message', ({ data }) => {
  if (data === 'activate') void worker.skipWaiting()
})

worker.addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== worker.location.origin || SERVER.test(url.pathname)) return
  event.respondWith(answer(request))
})

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(request.mode === 'navigate' ? '/' : request, { ignoreSearch: true })
  return kept ?? fetch(request)
}
