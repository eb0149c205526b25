import { LIMITS } from '@sluice/model'
import { createTransport } from 'nodemailer'
import type { Act, AttemptResult } from '../action.ts'
import { orAborted, reasonOfAbort } from '../or-aborted.ts'
import { letterOf } from './email-text.ts'
import { delivered, excerpt, failed, refused } from './result.ts'

/** For each step of the conversation; the attempt as a whole has the signal. */
const STEP_MS = 10_000
/** RFC 5321: 64 before the @, 254 in all. One address: no list, no name, no comment, no quoted spaces. */
const ADDRESS = /^[^\s\p{Cc}@<>()[\]\\,;:"]{1,64}@[^\s\p{Cc}@<>()[\]\\,;:"]{1,189}$/u

export type EmailParts = {
  /** `smtp[s]://user:password@host:port`, null where mail is not set up */
  smtpUrl: string | null
  /** the sender's address */
  from: string | null
}

/**
 * Sends the firing as a plain text mail. The Message-ID is made of the delivery's id, so a second attempt is the same
 * letter to mail programs. An answer 5xx of the mail server to the letter is for good, anything else is tried again.
 */
export function makeEmailAction({ smtpUrl, from }: EmailParts): Act {
  return async ({ action, id, body }, signal) => {
    if (action.kind !== 'email') return refused('This delivery is not a mail')
    if (smtpUrl === null) return refused('Mail is not set up on this server: its operator must set SLUICE_SMTP_URL')
    if (from === null) return refused('Mail is not set up on this server: its operator must set SLUICE_MAIL_FROM')
    const { to } = action
    if (!ADDRESS.test(to)) return refused('The recipient is not one mail address')
    const letter = letterOf(body, id)
    if (letter === null) return refused('The body of this delivery is not what a mail is made of')

    const messageId = `<${id}@${domainOf(from)}>`
    const requestHeaders = { from, to, subject: letter.subject, 'message-id': messageId }
    const transport = createTransport({
      url: smtpUrl,
      connectionTimeout: STEP_MS,
      greetingTimeout: STEP_MS,
      socketTimeout: STEP_MS,
      dnsTimeout: STEP_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      const mail = {
        from,
        to: { name: '', address: to },
        subject: letter.subject,
        text: letter.text,
        messageId,
        // RFC 3834: nobody's holiday answer comes back
        headers: { 'Auto-Submitted': 'auto-generated' },
      }
      const { response } = await orAborted(transport.sendMail(mail), signal)
      return { ...delivered(), requestHeaders, responseBody: excerpt(response, LIMITS.attemptBodyCharsMax) }
    } catch (error) {
      return { ...(signal.aborted ? failed(reasonOfAbort(signal)) : resultOf(error)), requestHeaders }
    } finally {
      transport.close()
    }
  }
}

/** The mail server's own words are shown where they are about the letter, and kept where they are about this server. */
function resultOf(error: unknown): AttemptResult {
  const {
    code = '',
    command = '',
    response = '',
    responseCode = 0,
  } = error instanceof Error ? (error as MailError) : {}
  if (!ABOUT_THE_LETTER.has(command) || responseCode === 0) {
    return failed(`The mail server cannot be used at present (${code})`)
  }
  const result = responseCode >= 500 && responseCode < 600 ? refused : failed
  const text = excerpt(response, LIMITS.attemptBodyCharsMax)
  return { ...result(`The mail server did not take the mail: ${responseCode}`), responseBody: text }
}

/** Steps of the conversation that the recipient or the letter can fail. The sender is the operator's. */
const ABOUT_THE_LETTER: ReadonlySet<string> = new Set(['RCPT TO', 'DATA'])

type MailError = { code?: string; command?: string; response?: string; responseCode?: number }

function domainOf(from: string): string {
  return /@([^\s@<>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost'
}
