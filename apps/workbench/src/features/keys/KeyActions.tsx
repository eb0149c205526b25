import { Menu } from '@base-ui/react/menu'
import type { KeyDocument } from '@sluice/model'
import { CircleQuestionMark, Ellipsis, Eye, Pencil, RotateCw, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, buttonClass } from '../../ui/Button.tsx'
import { ITEM, MenuPopup } from '../../ui/MenuPopup.tsx'

export type KeyAction = 'reveal' | 'roll' | 'check' | 'edit' | 'delete'

/** What can be done to a key: what is done often as buttons, the rest in a menu. */
export function KeyActions({ apiKey, onOpen }: { apiKey: KeyDocument; onOpen(action: KeyAction): void }): ReactNode {
  const { label } = apiKey
  return (
    <div className="flex gap-2">
      <Button size="s" aria-label={`Reveal ${label}`} onClick={() => onOpen('reveal')}>
        <Eye size={14} aria-hidden /> Reveal
      </Button>
      <Button size="s" aria-label={`Roll ${label}`} onClick={() => onOpen('roll')}>
        <RotateCw size={14} aria-hidden /> Roll
      </Button>
      <Menu.Root>
        <Menu.Trigger aria-label={`Actions for ${label}`} className={`${buttonClass('plain', 's')} px-1.5`}>
          <Ellipsis size={15} aria-hidden />
        </Menu.Trigger>
        <MenuPopup>
          <Menu.Item className={ITEM} onClick={() => onOpen('check')}>
            <CircleQuestionMark size={15} aria-hidden /> Can this key …?
          </Menu.Item>
          <Menu.Item className={ITEM} onClick={() => onOpen('edit')}>
            <Pencil size={15} aria-hidden /> Edit key…
          </Menu.Item>
          <Menu.Item className={`${ITEM} text-bad`} onClick={() => onOpen('delete')}>
            <Trash2 size={15} aria-hidden /> Delete key…
          </Menu.Item>
        </MenuPopup>
      </Menu.Root>
    </div>
  )
}
