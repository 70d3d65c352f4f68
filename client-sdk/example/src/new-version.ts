// Keeps the site for use without network, and changes to a new version only when the person agrees.
import { toast } from './components/toast.ts'
import { t } from './language.ts'
import { scriptUrl } from './script-url.ts'

/** Starts the service worker, and offers a new version whenever one is ready. */
export async function offerNewVersions(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const isFirst = navigator.serviceWorker.controller === null
  const registration = await navigator.serviceWorker
    .register(scriptUrl('/service-worker.js'))
    .catch(() => undefined)
  if (!registration) return
  if (!isFirst)
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  const offer = () => {
    const { waiting } = registration
    if (!waiting || !navigator.serviceWorker.controller) return
    toast(
      t.shell.newVersion,
      { label: t.shell.useIt, onPress: () => waiting.postMessage('activate') },
      { stays: true },
    )
  }
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offer)
  })
  offer()
}
