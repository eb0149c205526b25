import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { Button } from './Button.tsx'

/** Reads older rows when the end of a list comes into view; also a button, for keyboards. */
export function OlderLoader({ isBusy, onVisible }: { isBusy: boolean; onVisible(): Promise<void> }): ReactNode {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!end.current || isBusy) return undefined
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting === true) void onVisible()
    })
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [isBusy, onVisible])
  return (
    <div ref={end} className="grid justify-items-center py-2">
      <Button size="s" isBusy={isBusy} onClick={() => void onVisible()}>
        Load older
      </Button>
    </div>
  )
}
