import { createMemoryStore } from '@workforce-democracy/client/node'
import { DOCUMENT_NAMES } from '@workforce-democracy/shared'
import { describe, expect, it } from 'vitest'
import { codeOf, everything, faultyStore, openTestClient } from './clients.ts'

async function filledClient() {
  const client = await openTestClient()
  await client.votes.cast('us-zz:unlisted77', 'yes', { billName: '</script><b>An act</b> & more' })
  await client.votes.cast('hr8-118', 'no')
  await client.votes.retract('hr8-118')
  await client.bookmarks.add('faq', 'how / why?', { folder: 'later' })
  await client.progress.record('r1', { percent: 40, seconds: 90 })
  await client.progress.rate('r1', 5)
  await client.profile.set({ displayName: 'Ada Example', goals: ['learn'] })
  await client.notes.set('bill', 'hr8-118', 'A note \u2028 with "quotes"')
  await client.privacy.set({ votes: 'open' })
  return client
}

describe('an export', () => {
  it('imported into a fresh store restores everything, removals and notes included', async () => {
    await using client = await filledClient()
    await using fresh = await openTestClient()
    const { joined, found } = await fresh.importFile(await client.exportFile())
    expect(everything(fresh, DOCUMENT_NAMES)).toBe(everything(client, DOCUMENT_NAMES))
    expect(joined).toBe(DOCUMENT_NAMES.reduce((sum, name) => sum + client.state(name).size, 0))
    expect(found).toBe(joined)
    expect(await fresh.importFile(await client.exportFile())).toEqual({ joined: 0, found })
  })

  it('opens no category on the device that imports it', async () => {
    await using client = await filledClient()
    await using fresh = await openTestClient()
    await fresh.importFile(await client.exportFile())
    expect(client.privacy.get().votes).toBe('open')
    expect(fresh.privacy.get().votes).toBe('local')
    await fresh.privacy.set({ votes: 'open' })
    expect(fresh.privacy.get().votes).toBe('open')
  })

  it('joins: what is newer on the device stays', async () => {
    await using client = await filledClient()
    const file = await client.exportFile()
    await client.votes.cast('us-zz:unlisted77', 'abstain')
    expect((await client.importFile(file)).joined).toBe(0)
    expect(client.votes.get('us-zz:unlisted77')?.choice).toBe('abstain')
  })

  it('holds neither keys nor tokens', async () => {
    await using client = await filledClient()
    const file = await client.exportFile()
    for (const word of ['wrappedKey', 'refreshToken', 'lastStamp']) expect(file).not.toContain(word)
  })

  it('truncated, changed or foreign files are refused with a code, and nothing of them is joined', async () => {
    await using client = await filledClient()
    await using fresh = await openTestClient()
    const file = await client.exportFile()
    expect(await codeOf(fresh.importFile(file.slice(0, -40)))).toBe('export-truncated')
    expect(await codeOf(fresh.importFile(file.replaceAll('hr8-118', 'hr9-118')))).toBe('export-damaged')
    expect(await codeOf(fresh.importFile('<p>A letter</p>'))).toBe('export-damaged')
    expect(DOCUMENT_NAMES.every(name => fresh.state(name).size === 0)).toBe(true)
  })

  it('is joined in one commit, or not at all', async () => {
    await using client = await filledClient()
    const { store, batches, fail } = faultyStore(createMemoryStore())
    await using fresh = await openTestClient({ storage: store })
    fail(true)
    expect(await codeOf(fresh.importFile(await client.exportFile()))).toBe('store-failed')
    expect(DOCUMENT_NAMES.every(name => fresh.state(name).size === 0)).toBe(true)
    fail(false)
    const before = batches.length
    await fresh.importFile(await client.exportFile())
    expect(batches.length - before).toBe(1)
  })
})
