import type { ReactNode } from 'react'
import { TimeAgo } from '../../ui/TimeAgo.tsx'

type Props = {
  use: { at: string | undefined; address: string | undefined; client: string | undefined }
  none: string
  prefix: string
}

/** When a key was used last, from where and with which program. */
export function LastUse({ use: { at, address, client }, none, prefix }: Props): ReactNode {
  if (at === undefined) return none
  return (
    <>
      <TimeAgo at={at} prefix={prefix} />
      {address !== undefined && (
        <>
          {' '}
          from <span className="font-mono text-[0.92em]">{address}</span>
        </>
      )}
      {client !== undefined && (
        <>
          {' '}
          by <span className="break-all">{client}</span>
        </>
      )}
    </>
  )
}
