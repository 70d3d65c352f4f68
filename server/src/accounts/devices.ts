// Devices: what a person signs in on, to be recognised, renamed and taken away.
import { type AccountRecord, CodedError, type DeviceDescription } from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { flagRotationNeeded } from '../db/account-keys.ts'
import { asPerson } from '../db/as-person.ts'
import type { Db, Pool } from '../db/database.ts'
import {
  type DeviceRef,
  deleteDevice,
  deleteStrayDevices,
  listDevices,
  renameDevice,
  upsertDevice,
} from '../db/devices.ts'
import { findSessionDevice } from '../db/sessions.ts'
import type { DataCipher } from '../encryption/data-keys.ts'
import type { AccountKeys, KeysOwner } from './account-keys.ts'
import { isoDate } from './iso-date.ts'

/** A device as it introduces itself at sign-in. */
export interface SigningDevice {
  readonly id: string
  readonly name?: string | undefined
}

/** A person's devices. */
export interface Devices {
  /** Takes note of a sign-in; returns the device's id, a new one where it names none. */
  arrive(db: Db, owner: KeysOwner, device: SigningDevice | undefined): Promise<string>
  /** All of them, the first one first; `sessionId` says which one asks. */
  list(personId: string, sessionId?: string): Promise<readonly DeviceDescription[]>
  /** @throws CodedError `not-found` */
  rename(ref: DeviceRef, name: string): Promise<void>
  /**
   * Takes a device away and ends its sessions. Where the account record names it, it may still hold the account key: its
   * devices are told that a new epoch is needed.
   *
   * @throws CodedError `not-found`
   */
  remove(ref: DeviceRef): Promise<void>
  /** Takes those off the list that are signed in nowhere and not in the account record any more. */
  forgetUnnamed(db: Db, personId: string, record: AccountRecord): Promise<void>
}

/** Makes what looks after devices. */
export function createDevices(services: {
  readonly pool: Pool
  readonly cipherOf: (personId: string) => Promise<DataCipher>
  readonly accountKeys: AccountKeys
  readonly nowMs: () => number
}): Devices {
  const { pool, cipherOf, accountKeys, nowMs } = services
  return {
    async arrive(db, { personId, cipher }, device) {
      const deviceId = device?.id.toLowerCase() ?? uuidv7()
      await deleteStrayDevices(db, personId)
      await upsertDevice(db, {
        personId,
        deviceId,
        name: device?.name === undefined ? undefined : sealName(cipher, deviceId, device.name),
        madeByServer: !device,
        today: isoDate(nowMs()),
      })
      return deviceId
    },
    async list(personId, sessionId) {
      const cipher = await cipherOf(personId)
      const { current, rows } = await asPerson(pool, personId, async db => ({
        current: sessionId && (await findSessionDevice(db, { personId, sessionId })),
        rows: await listDevices(db, personId, new Date(nowMs())),
      }))
      return rows.map(({ id, name, addedOn, lastSeenOn, active }) => ({
        id,
        name: name && openName(cipher, id, name),
        addedOn,
        lastSeenOn,
        active,
        current: id === current,
      }))
    },
    async rename(ref, name) {
      const deviceId = ref.deviceId.toLowerCase()
      const sealed = sealName(await cipherOf(ref.personId), deviceId, name)
      const renamed = await asPerson(pool, ref.personId, db => renameDevice(db, { ...ref, deviceId }, sealed))
      if (!renamed) throw new CodedError('not-found')
    },
    async remove({ personId, deviceId }) {
      const cipher = await cipherOf(personId)
      await asPerson(pool, personId, async db => {
        const record = await accountKeys.lockRecord(db, { personId, cipher })
        if (!(await deleteDevice(db, { personId, deviceId }))) throw new CodedError('not-found')
        const isInRecord = record?.devices.some(({ id }) => id === deviceId.toLowerCase())
        if (isInRecord) await flagRotationNeeded(db, personId)
      })
    },
    async forgetUnnamed(db, personId, record) {
      const named = new Set(record.devices.map(({ id }) => id))
      for (const { id, active } of await listDevices(db, personId, new Date(nowMs())))
        if (!active && !named.has(id)) await deleteDevice(db, { personId, deviceId: id })
    },
  }
}

const place = (deviceId: string) => ({ table: 'devices', column: 'name', row: deviceId })

const sealName = (cipher: DataCipher, deviceId: string, name: string): Buffer =>
  cipher.seal(Buffer.from(name), place(deviceId))

const openName = (cipher: DataCipher, deviceId: string, sealed: Buffer): string =>
  cipher.open(sealed, place(deviceId)).toString()
