import { useEffect, useRef } from 'react'

/** Elements that use a key themselves. */
const TYPES_TEXT = 'input, textarea, select, [contenteditable]'
const PRESSES = 'button, a, summary, [role="menuitem"]'
/** Pressing it again does nothing, and it keeps the focus after it was clicked: its Space and Enter are free. */
const OPEN_TAB = '[role="tab"][aria-selected="true"]'

/**
 * Keys that work anywhere on the page, by `KeyboardEvent.key`. Not while a modal dialog is open, not while typing, not
 * with Ctrl, Alt or ⌘; Space and Enter stay with a focused button or link.
 */
export function useHotkeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const act = latest.current[event.key]
      if (!act || event.ctrlKey || event.altKey || event.metaKey) return
      const target = event.target instanceof Element ? event.target : null
      const isOpenTab = target?.matches(OPEN_TAB) === true
      if (event.defaultPrevented && !isOpenTab) return
      if (target?.matches(TYPES_TEXT) === true) return
      if ((event.key === ' ' || event.key === 'Enter') && !isOpenTab && target?.closest(PRESSES)) return
      if (document.querySelector('[role="dialog"]:not([data-panel])')) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
