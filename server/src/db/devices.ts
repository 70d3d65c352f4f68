// Rows of devices: what a person signs in on. Names are encrypted.
import type { Db } from './database.ts'

/** A person's device. */
export interface DeviceRef {
  readonly personId: string
  readonly deviceId: string
}

/** A device as stored. Dates are ISO 8601. */
export interface DeviceRow {
  readonly id: string
  /** Encrypted. */
  readonly name: Buffer | null
  readonly addedOn: string
  readonly lastSeenOn: string
  /** Whether it has a session that nobody has ended. */
  readonly active: boolean
}

/** Notes that a device has signed in: adds it, or moves its day on. A name that is not given stays. */
export async function upsertDevice(
  db: Db,
  device: DeviceRef & { name: Buffer | undefined; madeByServer: boolean; today: string },
): Promise<void> {
  await db.query(
    `insert into devices (person_id, id, name, made_by_server, added_on, last_seen_on)
     values ($1, $2, $3, $4, $5, $5)
     on conflict (person_id, id) do update
     set name = coalesce(excluded.name, devices.name),
       last_seen_on = greatest(devices.last_seen_on, excluded.last_seen_on)`,
    [device.personId, device.deviceId, device.name ?? null, device.madeByServer, device.today],
  )
}

/** Moves the day on that a session's device was last seen. */
export async function touchDevice(db: Db, { personId, deviceId }: DeviceRef, today: string): Promise<void> {
  await db.query(
    `update devices set last_seen_on = $3 where person_id = $1 and id = $2 and last_seen_on < $3`,
    [personId, deviceId, today],
  )
}

/** A person's devices, the first one first. */
export async function listDevices(db: Db, personId: string, now: Date): Promise<readonly DeviceRow[]> {
  const { rows } = await db.query<DeviceRow>(
    `select d.id, d.name, d.added_on::text as "addedOn", d.last_seen_on::text as "lastSeenOn",
       exists (
         select from sessions s
         where s.person_id = d.person_id and s.device_id = d.id and s.revoked_at is null and s.expires_at > $2
       ) as active
     from devices d where d.person_id = $1 order by d.added_on, d.id`,
    [personId, now],
  )
  return rows
}

/** Gives a device another name; returns whether there is such a device. */
export async function renameDevice(
  db: Db,
  { personId, deviceId }: DeviceRef,
  name: Buffer,
): Promise<boolean> {
  const { rowCount } = await db.query(`update devices set name = $3 where person_id = $1 and id = $2`, [
    personId,
    deviceId,
    name,
  ])
  return rowCount === 1
}

/** Takes a device away, and its sessions with it; returns whether there was such a device. */
export async function deleteDevice(db: Db, { personId, deviceId }: DeviceRef): Promise<boolean> {
  const { rowCount } = await db.query(`delete from devices where person_id = $1 and id = $2`, [
    personId,
    deviceId,
  ])
  return rowCount === 1
}

/** Forgets what was made for sign-ins without a device, once their sessions are gone. */
export async function deleteStrayDevices(db: Db, personId: string): Promise<void> {
  await db.query(
    `delete from devices d
     where d.person_id = $1 and d.made_by_server
       and not exists (select from sessions s where s.person_id = d.person_id and s.device_id = d.id)`,
    [personId],
  )
}
