import { notFoundPage } from './not-found.ts'
export const accountPage = notFoundPage
export const privacyPage = notFoundPage
export const devicesPage = notFoundPage
export const storedPage = notFoundPage
export const dataPage = notFoundPage
export const syncPage = notFoundPage
