// A page made with React: two components that show what the client has, and say how often they were rendered.
import { openClient } from '@workforce-democracy/client/browser'
import { ClientProvider, useSyncStatus, useVote, useVotes } from '@workforce-democracy/client/react'
import { createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

const renders = { list: 0, vote: 0 }

function VoteList() {
  renders.list++
  const votes = useVotes()
  const { state } = useSyncStatus()
  return createElement('p', { id: 'list' }, `${state}: ${votes.map(({ billId }) => billId).join()}`)
}

function VoteOnBill({ billId }: { readonly billId: string }) {
  renders.vote++
  return createElement('p', { id: 'vote' }, useVote(billId)?.choice ?? 'none')
}

async function show() {
  const client = await openClient()
  const element = document.body.appendChild(document.createElement('main'))
  const children = [
    createElement(VoteList, { key: 'list' }),
    createElement(VoteOnBill, { key: 'vote', billId: 'hr8-118' }),
  ]
  createRoot(element).render(
    createElement(StrictMode, null, createElement(ClientProvider, { client }, ...children)),
  )
  return client
}

declare global {
  interface Window {
    reactPage: { show: typeof show; renders: typeof renders }
  }
}
window.reactPage = { show, renders }
