import { useEffect } from 'react'

/** Names the page in tab and history; route changes are announced by it too. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Sluice`
  }, [title])
}
