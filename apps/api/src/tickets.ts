import { createHash, randomBytes } from 'node:crypto'

const TICKET_BYTES = 32

/** What opens the realm to a browser once; only its hash is kept (256 random bits need no slow one). */
export const makeTicket = (): string => randomBytes(TICKET_BYTES).toString('base64url')

export const ticketHash = (ticket: string): Buffer => createHash('sha256').update(ticket).digest()
