import { Menu } from '@base-ui/react/menu'
import type { ReactNode } from 'react'

export const ITEM =
  'flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 outline-none select-none data-[highlighted]:bg-sunken'

/** The list that a menu opens, below its trigger and flush right. */
export function MenuPopup({ children }: { children: ReactNode }): ReactNode {
  return (
    <Menu.Portal>
      <Menu.Positioner align="end" sideOffset={6} className="z-50 outline-none">
        <Menu.Popup className="min-w-52 rounded-xl border border-line bg-raised p-1 shadow-[0_12px_36px_var(--shadow)] outline-none">
          {children}
        </Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  )
}
