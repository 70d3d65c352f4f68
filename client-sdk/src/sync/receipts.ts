// The receipts of this device: what the server has signed of each document, held against what it signs next and against
// what the person's other devices were given (SPEC T).
import {
  type Checkpoint,
  checkpointSchema,
  DOCUMENT_NAMES,
  type DocumentName,
  decodeReceipt,
  judgeNext,
  judgeOther,
  type Receipt,
  readValue,
  receiptSigningBytes,
  saidReceiptSchema,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { type Http, readBody } from '../http.ts'
import { fromBase64Url, toBase64Url } from '../keys/bytes.ts'
import type { Sodium } from '../keys/sodium.ts'
import type { Replica } from '../replica.ts'
import { saidByOthers, saidKey } from './said-receipts.ts'

/** What a receipt gives away. */
export type ReceiptFinding = 'rolled-back' | 'forked' | 'receipt-refused'

/** The receipts of a device. */
export interface ReceiptBook {
  /** Takes a receipt that came with an acknowledgement. */
  take(document: DocumentName, bytes: Uint8Array): void
  /** Looks at what other devices say in `settings`. */
  compare(): void
  /** Says in `settings` what this device was given, where that is news. */
  publish(): Promise<void>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** What {@link createReceiptBook} takes. */
export interface ReceiptBookOptions {
  readonly replica: Replica
  readonly http: Pick<Http, 'send'>
  readonly sodium: Pick<Sodium, 'ed25519'>
  /** Of who is signed in. */
  readonly personId: () => string | undefined
  readonly onFound: (document: DocumentName, finding: ReceiptFinding) => void
  /** The newest envelope of this device in a sealed document that is known to be durable, and where it is there. */
  readonly acknowledged: (document: DocumentName) => Acknowledged | undefined
}

/** An envelope that whoever has come to this position of this generation has been sent. */
export interface Acknowledged {
  readonly generation: number
  readonly position: number
  readonly stamp: number
}

/** Receipts that are kept of a document, to be compared with what others were given. */
const KEPT = 64
const keptSchema = z.object({ personId: z.string(), checkpoints: z.array(checkpointSchema) })
const jwksSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string(), x: z.string() })) })

/** Makes the receipts of a client. */
export function createReceiptBook(options: ReceiptBookOptions): ReceiptBook {
  const { replica, sodium, personId, onFound, acknowledged } = options
  const keyById = new Map<string, Uint8Array>()
  const reported = new Set<string>()
  let taking: Promise<void> = Promise.resolve()

  const checkpointsOf = (document: DocumentName): readonly Checkpoint[] => {
    const kept = z.safeParse(keptSchema, replica.meta.get(nameOf(document)))
    return kept.success && kept.data.personId === personId() ? kept.data.checkpoints : []
  }
  const report = (document: DocumentName, finding: ReceiptFinding, what: string) => {
    const id = `${document}/${finding}/${what}`
    if (reported.has(id)) return
    reported.add(id)
    onFound(document, finding)
  }
  const isSigned = async (document: DocumentName, receipt: Receipt, person: string) => {
    if (!keyById.has(receipt.keyId)) await fetchKeys(options, keyById)
    const key = keyById.get(receipt.keyId)
    const bytes = receiptSigningBytes({ ...receipt, personId: person, document })
    return key !== undefined && sodium.ed25519.verify(receipt.signature, bytes, key)
  }
  const judge = async (document: DocumentName, bytes: Uint8Array): Promise<void> => {
    const person = personId()
    const receipt = decodeReceipt(bytes)
    if (!person) return
    if (!receipt || !(await isSigned(document, receipt, person)))
      return report(document, 'receipt-refused', toBase64Url(bytes))
    const { generation, position } = receipt
    const next: Checkpoint = { generation, position, chain: toBase64Url(receipt.chain) }
    const before = checkpointsOf(document)
    const last = before.at(-1)
    const verdict = last ? judgeNext(last, next) : 'agrees'
    if (verdict === 'agrees' && last?.position === position) return
    const checkpoints = verdict === 'agrees' ? [...before, next].slice(-KEPT) : [next]
    await replica.meta.set(nameOf(document), { personId: person, checkpoints: checkpoints.map(plain) })
    if (verdict === 'agrees' || !last) return compareWithOthers(document)
    // Both are kept: the server has signed the one and the other.
    await replica.meta.set(`receipt-evidence/${document}`, { before: plain(last), next: plain(next) })
    report(document, verdict, `${position}`)
  }
  const compareWithOthers = (document: DocumentName): void => {
    const own = new Map(checkpointsOf(document).map(each => [each.position, each]))
    for (const [, other] of saidByOthers(replica, document)) {
      const same = own.get(other.position)
      if (same && judgeOther(same, other) === 'forked') report(document, 'forked', `${other.position}`)
    }
  }
  return {
    take(document, bytes) {
      // What cannot be looked at or kept now is told again with the next receipt.
      taking = taking.then(() => judge(document, bytes)).catch(() => undefined)
    },
    compare() {
      for (const document of DOCUMENT_NAMES) compareWithOthers(document)
    },
    async publish() {
      const settings = replica.state('settings')
      const news = DOCUMENT_NAMES.flatMap(document => {
        const last = checkpointsOf(document).at(-1)
        const key = saidKey(document, replica.device)
        const said = readValue(saidReceiptSchema, settings.get(key)?.value)
        if (!last || said?.position === last.position) return []
        const sealed = acknowledged(document)
        return [{ document, key, value: { ...plain(last), ...(sealed && { sealed: { ...sealed } }) } }]
      })
      // Saying it moves `settings` on: that alone is not worth saying.
      if (news.every(({ document }) => document === 'settings')) return
      await replica.write('settings', () => news.map(({ key, value }) => ({ key, value })))
    },
    idle: () => taking,
  }
}

const nameOf = (document: DocumentName) => `receipts/${document}`
const plain = ({ generation, position, chain }: Checkpoint) => ({ generation, position, chain })

async function fetchKeys(
  { http }: Pick<ReceiptBookOptions, 'http'>,
  keyById: Map<string, Uint8Array>,
): Promise<void> {
  const response = await http.send({ method: 'GET', path: '/.well-known/jwks.json' })
  for (const { kid, x } of (await readBody(response, jwksSchema)).keys) {
    const key = fromBase64Url(x)
    if (key) keyById.set(kid, key)
  }
}
