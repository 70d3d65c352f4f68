import { notFoundPage } from './not-found.ts'
export const billsPage = notFoundPage
export const billPage = notFoundPage
export const votesPage = notFoundPage
export const representativesPage = notFoundPage
export const agreementPage = notFoundPage
export const memberPage = notFoundPage
