// Which videos can be played on a page, and by what.

/** The player of another site for one of its videos. */
export interface VideoPlayer {
  /** What people call the site. */
  readonly site: string
  readonly src: string
}

/** The site's own players, in the form that keeps least about who watches; the server lets pages frame no others (W1). */
const youtube = (path: string): VideoPlayer => ({
  site: 'YouTube',
  src: `https://www.youtube-nocookie.com/embed/${path}`,
})
const vimeo = (id: string): VideoPlayer => ({
  site: 'Vimeo',
  src: `https://player.vimeo.com/video/${id}?dnt=1`,
})

const FORMS: readonly (readonly [form: RegExp, player: (id: string) => VideoPlayer])[] = [
  [/^youtube\.com\/watch\?(?:.*&)?v=([\w-]+)/, youtube],
  [/^youtube\.com\/(?:embed|shorts|live)\/([\w-]+)/, youtube],
  [/^youtu\.be\/([\w-]+)/, youtube],
  [/^youtube\.com\/playlist\?(?:.*&)?list=([\w-]+)/, id => youtube(`videoseries?list=${id}`)],
  [/^vimeo\.com\/(\d+)$/, vimeo],
]

/** Who plays what is at an address; `undefined` for what only its own site can show. */
export function playerOf(address: string): VideoPlayer | undefined {
  const { protocol, host, pathname, search } = new URL(address)
  if (!/^https?:$/.test(protocol)) return undefined
  const place = host.replace(/^(www|m)\./, '') + pathname + search
  for (const [form, player] of FORMS) {
    const id = form.exec(place)?.[1]
    if (id !== undefined) return player(id)
  }
  return undefined
}
