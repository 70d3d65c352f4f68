// Light or dark, by the person's choice on this device, else as the system has it.

/** What can be chosen. */
export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEPT = 'theme'

/** What is chosen. */
export const theme = (): Theme => THEMES.find(each => each === localStorage.getItem(KEPT)) ?? 'system'

/** Shows the page as is chosen. */
export function applyTheme(): void {
  const chosen = theme()
  if (chosen === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
  document.dispatchEvent(new Event('themechange'))
}

/** Chooses, and keeps that. */
export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(KEPT, chosen)
  applyTheme()
}
