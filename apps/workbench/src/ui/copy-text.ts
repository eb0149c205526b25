/**
 * Puts text on the clipboard. The clipboard API exists only in secure contexts, and a platform in a workshop is often
 * reached over plain http, so there is the old way as well.
 * @returns whether it worked
 */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      // no permission: the old way may still work
    }
  }
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('aria-hidden', 'true')
  area.className = 'fixed top-0 left-0 opacity-0'
  const focused = document.activeElement
  const home = focused?.closest('[role="dialog"]') ?? document.body
  home.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return isCopied
}
