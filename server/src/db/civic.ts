// Bills, members of legislatures and roll calls, as imported and as published.
import type { Bill, Representative } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** 1 yes, 2 no, 3 present, 4 not voting. */
export type PositionCode = 1 | 2 | 3 | 4

/** A member as imported. */
export interface StoredRepresentative extends Representative {
  /** The Senate's own id of a senator, such as `S428`. */
  readonly lisId: string | null
  /** Whether the member sits now. */
  readonly current: boolean
}

/** A roll call as imported, of any category. */
export interface StoredRollCall {
  readonly id: string
  readonly billId: string | null
  readonly chamber: 'house' | 'senate'
  readonly category: string
  /** Passage or veto override of `billId`. */
  readonly deciding: boolean
  /** ISO 8601 with any offset. */
  readonly votedAt: string
  /** ISO date of the day where it was held. */
  readonly votedOn: string
  readonly question: string
  readonly result: string
  /** What the House says it is about. */
  readonly subject: string | null
  /** The bill's title, which the Senate gives. */
  readonly billTitle: string | null
  readonly contentHash: Buffer
}

/** What a roll call says of its bill. */
export interface BillMention {
  readonly billId: string
  readonly chamber: 'house' | 'senate'
  readonly deciding: boolean
  /** ISO date. */
  readonly votedOn: string
  readonly subject: string | null
  readonly billTitle: string | null
}

/** Id → key and Senate id → key of every member known. */
export async function readMemberKeys(db: Db): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ key: number; id: string; lis_id: string | null }>(
    'select key, id, lis_id from representatives',
  )
  return new Map(
    rows.flatMap(row => [
      [row.id, row.key] as const,
      ...(row.lis_id ? [[row.lis_id, row.key] as const] : []),
    ]),
  )
}

/** Adds members that are not known by their id. */
export async function addRepresentatives(db: Db, members: readonly StoredRepresentative[]): Promise<void> {
  await db.query(
    `insert into representatives (id, lis_id, jurisdiction, name, party, state, district, chamber, current)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::boolean[])
     on conflict (id) do nothing`,
    representativeColumns(members),
  )
}

/** Adds members and brings those known up to date; returns how many of them were new and how many changed. */
export async function upsertRepresentatives(
  db: Db,
  members: readonly StoredRepresentative[],
): Promise<{ readonly added: number; readonly updated: number }> {
  const { rows } = await db.query<{ added: boolean }>(
    `insert into representatives as r (id, lis_id, jurisdiction, name, party, state, district, chamber, current)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::boolean[])
     on conflict (id) do update
     set lis_id = excluded.lis_id, jurisdiction = excluded.jurisdiction, name = excluded.name,
         party = excluded.party, state = excluded.state, district = excluded.district,
         chamber = excluded.chamber, current = excluded.current
     where (r.lis_id, r.jurisdiction, r.name, r.party, r.state, r.district, r.chamber, r.current)
       is distinct from (excluded.lis_id, excluded.jurisdiction, excluded.name, excluded.party, excluded.state,
         excluded.district, excluded.chamber, excluded.current)
     returning xmax = 0 as added`,
    representativeColumns(members),
  )
  const added = rows.filter(row => row.added).length
  return { added, updated: rows.length - added }
}

function representativeColumns(members: readonly StoredRepresentative[]): unknown[][] {
  return [
    members.map(member => member.id),
    members.map(member => member.lisId),
    members.map(member => member.jurisdiction),
    members.map(member => member.name),
    members.map(member => member.party),
    members.map(member => member.state),
    members.map(member => member.district),
    members.map(member => member.chamber),
    members.map(member => member.current),
  ]
}

/**
 * Gives senators who were only known by their Senate id (`lis:S428`) their real id. Where both are known, the
 * positions of the first move to the second.
 *
 * @param ids pairs of stand-in id and real id
 */
export async function renameStandIns(db: Db, ids: readonly (readonly [string, string])[]): Promise<void> {
  const standIns = ids.map(([standIn]) => standIn)
  const reals = ids.map(([, real]) => real)
  await db.query(
    `update representative_votes v set representative_key = r.key
     from unnest($1::text[], $2::text[]) as u (stand_in, real)
     join representatives s on s.id = u.stand_in
     join representatives r on r.id = u.real
     where v.representative_key = s.key
       and not exists (
         select from representative_votes o
         where o.roll_call_key = v.roll_call_key and o.representative_key = r.key
       )`,
    [standIns, reals],
  )
  await db.query(
    `with double as (
       select s.key from unnest($1::text[], $2::text[]) as u (stand_in, real)
       join representatives s on s.id = u.stand_in
       join representatives r on r.id = u.real
     ), votes as (
       delete from representative_votes v using double d where v.representative_key = d.key
     )
     delete from representatives r using double d where r.key = d.key`,
    [standIns, reals],
  )
  await db.query(
    `update representatives r set id = u.real
     from unnest($1::text[], $2::text[]) as u (stand_in, real) where r.id = u.stand_in`,
    [standIns, reals],
  )
}

/** Members of a jurisdiction who are not in the list of those who sit now no longer do; returns how many. */
export async function retireAllBut(db: Db, jurisdiction: string, ids: readonly string[]): Promise<number> {
  const { rowCount } = await db.query(
    `update representatives set current = false
     where jurisdiction = $1 and current and not (id = any($2::text[]))`,
    [jurisdiction, ids],
  )
  return rowCount ?? 0
}

/** Adds bills that are not known. */
export async function addBills(db: Db, bills: readonly Bill[]): Promise<number> {
  const { rowCount } = await db.query(
    `insert into bills
       (id, jurisdiction, government_level, name, bill_form, number, congress, topics, last_voted_on)
     select id, jurisdiction, government_level, name, bill_form, number, congress, string_to_array(topics, ' '),
       last_voted_on
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[],
       $8::text[], $9::date[])
       as u (id, jurisdiction, government_level, name, bill_form, number, congress, topics, last_voted_on)
     on conflict (id) do nothing`,
    [
      bills.map(bill => bill.id),
      bills.map(bill => bill.jurisdiction),
      bills.map(bill => bill.governmentLevel),
      bills.map(bill => bill.name),
      bills.map(bill => bill.billForm),
      bills.map(bill => bill.number),
      bills.map(bill => bill.congress),
      bills.map(bill => bill.topics.join(' ')),
      bills.map(bill => bill.lastVotedOn),
    ],
  )
  return rowCount ?? 0
}

/** What all roll calls say of these bills, the oldest first. */
export async function readBillMentions(db: Db, billIds: readonly string[]): Promise<readonly BillMention[]> {
  const { rows } = await db.query<BillMention>(
    `select bill_id as "billId", chamber, deciding, voted_on::text as "votedOn", subject, bill_title as "billTitle"
     from roll_calls where bill_id = any($1::text[]) order by voted_at, id`,
    [billIds],
  )
  return rows
}

/** What an import finds out of a bill. */
export type BillDescription = Pick<Bill, 'id' | 'name' | 'topics' | 'lastVotedOn'>

/** Describes bills anew; returns how many of them changed. */
export async function describeBills(db: Db, bills: readonly BillDescription[]): Promise<number> {
  const { rowCount } = await db.query(
    `update bills b set name = u.name, topics = string_to_array(u.topics, ' '), last_voted_on = u.last_voted_on
     from unnest($1::text[], $2::text[], $3::text[], $4::date[]) as u (id, name, topics, last_voted_on)
     where b.id = u.id
       and (b.name, b.topics, b.last_voted_on)
         is distinct from (u.name, string_to_array(u.topics, ' '), u.last_voted_on)`,
    [
      bills.map(bill => bill.id),
      bills.map(bill => bill.name),
      bills.map(bill => bill.topics.join(' ')),
      bills.map(bill => bill.lastVotedOn),
    ],
  )
  return rowCount ?? 0
}

/** Roll calls that are known already: what they are about and the hash of what was imported. */
export async function findRollCalls(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly billId: string | null; readonly contentHash: Buffer }>> {
  const { rows } = await db.query<{ id: string; bill_id: string | null; content_hash: Buffer }>(
    'select id, bill_id, content_hash from roll_calls where id = any($1::text[])',
    [ids],
  )
  return new Map(rows.map(row => [row.id, { billId: row.bill_id, contentHash: row.content_hash }]))
}

/** Stores roll calls; returns the key of each by its id. */
export async function upsertRollCalls(
  db: Db,
  rollCalls: readonly StoredRollCall[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ id: string; key: number }>(
    `insert into roll_calls
       (id, bill_id, chamber, category, deciding, voted_at, voted_on, question, result, subject, bill_title,
        content_hash)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[],
       $7::date[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[])
     on conflict (id) do update
     set bill_id = excluded.bill_id, chamber = excluded.chamber, category = excluded.category,
         deciding = excluded.deciding, voted_at = excluded.voted_at, voted_on = excluded.voted_on,
         question = excluded.question, result = excluded.result, subject = excluded.subject,
         bill_title = excluded.bill_title, content_hash = excluded.content_hash
     returning id, key`,
    [
      rollCalls.map(rollCall => rollCall.id),
      rollCalls.map(rollCall => rollCall.billId),
      rollCalls.map(rollCall => rollCall.chamber),
      rollCalls.map(rollCall => rollCall.category),
      rollCalls.map(rollCall => rollCall.deciding),
      rollCalls.map(rollCall => rollCall.votedAt),
      rollCalls.map(rollCall => rollCall.votedOn),
      rollCalls.map(rollCall => rollCall.question),
      rollCalls.map(rollCall => rollCall.result),
      rollCalls.map(rollCall => rollCall.subject),
      rollCalls.map(rollCall => rollCall.billTitle),
      rollCalls.map(rollCall => rollCall.contentHash),
    ],
  )
  return new Map(rows.map(row => [row.id, row.key]))
}

/** Forgets the positions of roll calls. */
export async function deletePositions(db: Db, rollCallKeys: readonly number[]): Promise<void> {
  await db.query('delete from representative_votes where roll_call_key = any($1::integer[])', [rollCallKeys])
}

/** Adds positions: roll call, member and position side by side. */
export async function addPositions(
  db: Db,
  positions: {
    readonly rollCallKeys: readonly number[]
    readonly memberKeys: readonly number[]
    readonly codes: readonly PositionCode[]
  },
): Promise<void> {
  await db.query(
    `insert into representative_votes (roll_call_key, representative_key, position)
     select * from unnest($1::integer[], $2::integer[], $3::smallint[])`,
    [positions.rollCallKeys, positions.memberKeys, positions.codes],
  )
}

/** Every bill, by id. */
export async function listBills(db: Db): Promise<readonly Bill[]> {
  const { rows } = await db.query<Bill>(
    `select id, jurisdiction, government_level as "governmentLevel", name, bill_form as "billForm", number, congress,
       topics, last_voted_on::text as "lastVotedOn"
     from bills order by id collate "C"`,
  )
  return rows
}

/** Every sitting member with the key of their positions, by id. */
export async function listSittingMembers(
  db: Db,
): Promise<readonly { readonly key: number; readonly member: Representative }[]> {
  const { rows } = await db.query<Representative & { key: number }>(
    `select key, id, jurisdiction, name, party, state, district, chamber
     from representatives where current order by id collate "C"`,
  )
  return rows.map(({ key, ...member }) => ({ key, member }))
}

/** A deciding roll call with the positions of sitting members. */
export interface DecidingRollCall {
  readonly id: string
  readonly billId: string
  readonly chamber: 'house' | 'senate'
  readonly votedAt: Date
  readonly question: string
  readonly result: string
  /** Four bytes a position, big-endian: the member's key × 8 + the code. Ten times as fast to read as an array. */
  readonly positions: Buffer
}

/** Every roll call that decided on a bill, by id. */
export async function listDecidingRollCalls(db: Db): Promise<readonly DecidingRollCall[]> {
  const { rows } = await db.query<DecidingRollCall>(
    `select c.id, c.bill_id as "billId", c.chamber, c.voted_at as "votedAt", c.question, c.result,
       coalesce(p.positions, '') as positions
     from roll_calls c
     left join (
       select v.roll_call_key, string_agg(int4send(v.representative_key * 8 + v.position), '') as positions
       from representative_votes v
       join representatives r on r.key = v.representative_key
       join roll_calls d on d.key = v.roll_call_key
       where r.current and d.deciding
       group by v.roll_call_key
     ) p on p.roll_call_key = c.key
     where c.deciding
     order by c.id collate "C"`,
  )
  return rows
}

/** Whether there is any bill at all. */
export async function hasBills(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>('select exists (select from bills) as found')
  return rows[0]?.found ?? false
}
