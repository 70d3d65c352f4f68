// A Yjs document of one generation, with what carries registers in it and its connection: made and thrown away as one.
import {
  type DocumentMode,
  type DocumentName,
  REGISTERS_ROOT,
  type Register,
  SEALED_ROOT,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import type { Replica } from '../replica.ts'
import type { Carrier, CarrierHost } from './carrier.ts'
import { sealingChoice } from './choices.ts'
import type { WebSocketConstructor } from './counting-socket.ts'
import { DocumentConnection } from './document-connection.ts'
import { readHeld } from './held-stamps.ts'
import { createOpenCarrier } from './open-carrier.ts'
import { namedByOthers } from './said-receipts.ts'
import { createSealedCarrier, type SealedCarrier } from './sealed-carrier.ts'
import { placeOf, type Sealing } from './sealing.ts'

/** What all copies of a document have in common. */
export interface CopyOptions {
  readonly document: DocumentName
  readonly replica: Replica
  /** WebSocket address of the sync endpoint, without the document. */
  readonly url: string
  /** What seals, while this device has the keys. */
  readonly sealing: () => Sealing | undefined
  readonly WebSocket: WebSocketConstructor
  readonly onReceipt: (receipt: Uint8Array) => void
}

/** Which copy, and who is told of what happens to it. */
export interface CopyHost {
  readonly mode: DocumentMode
  readonly generation: number
  /** Of a sealed one; the newest unless given. */
  readonly epoch: number | undefined
  readonly onConnected: () => void
  readonly onSynced: (copy: Copy) => void
  /** Of every change by others. */
  readonly onChange: (copy: Copy, added: readonly Register[]) => void
  readonly onDurable: (copy: Copy, position: number, registers: readonly Register[]) => void
  readonly onClosed: (copy: Copy, code: number | undefined) => void
}

/** A copy, and what is known of it. */
export interface Copy {
  readonly carrier: Carrier | SealedCarrier
  readonly connection: DocumentConnection
  /** Once the server has sent what it has. */
  isSynced: boolean
  /** By the server's word on this copy. */
  position: number | undefined
  /** The generation that the server says the document is in, when it is about to close. */
  movedTo: number | undefined
  /** How often something came that is not yet committed on this device. */
  joins: number
  /** Healing it has to wait: the last time was not long ago. */
  isHealPutOff: boolean
  /** A move is asked for, and its answer is not there. */
  isMoving: boolean
  /** The account's record is looked at, since something here needs a newer key. */
  isLookingForKeys: boolean
  /** Envelopes, of an open document entries: superseded ones too, until they are deleted. */
  size(): number
  destroy(): void
}

/** Makes a copy; nothing without the key that it takes. */
export function createCopy(options: CopyOptions, host: CopyHost): Copy | undefined {
  const { url, document, WebSocket } = options
  const doc = new Y.Doc()
  const carrier = createCarrier(options, host, {
    doc,
    carry: (registers, change) => connection.carry(registers, change),
    onChange: added => host.onChange(copy, added),
    position: () => copy.position ?? 0,
  })
  if (!carrier) return undefined
  const connection = new DocumentConnection({
    ...{ document, doc, url, WebSocket },
    pending: () => pendingIn(carrier, options),
    onConnected: host.onConnected,
    onSynced: () => host.onSynced(copy),
    onDurable: (position, registers) => host.onDurable(copy, position, registers),
    onReceipt: options.onReceipt,
    onMoved: generation => {
      copy.movedTo = generation
    },
    onClosed: code => host.onClosed(copy, code),
  })
  const copy: Copy = {
    ...{ carrier, connection, isSynced: false, position: undefined, movedTo: undefined },
    ...{ joins: 0, isHealPutOff: false, isMoving: false, isLookingForKeys: false },
    size: () => doc.getArray(carrier.mode === 'sealed' ? SEALED_ROOT : REGISTERS_ROOT).length,
    destroy() {
      connection.destroy()
      carrier.destroy()
      doc.destroy()
    },
  }
  return copy
}

function createCarrier(
  options: CopyOptions,
  { mode, generation, epoch }: CopyHost,
  host: CarrierHost & { readonly position: () => number },
): Carrier | SealedCarrier | undefined {
  if (mode === 'open') return createOpenCarrier(host)
  const { document, replica } = options
  const sealing = options.sealing()
  const wanted = epoch ?? sealing?.keys.epoch ?? 0
  const place = sealing && placeOf(sealing, { document, generation, epoch: wanted })
  if (!place) return undefined
  return createSealedCarrier({
    ...{ ...host, sealing, place, device: replica.device, held: readHeld(replica, document) },
    now: () => replica.now(),
    chosen: () => sealingChoice(replica, document),
    saved: () => replica.state(document),
    named: () => namedByOthers(replica, { document, generation, position: host.position() }),
  })
}

/** The registers in the Yjs document that the server is not known to have. */
function pendingIn(carrier: Carrier, { replica, document }: CopyOptions): Register[] {
  const inDocument = carrier.state()
  return replica.pendingRegisters(document).filter(({ key, stamp, device }) => {
    const there = inDocument.get(key)
    return there?.stamp === stamp && there.device === device
  })
}
