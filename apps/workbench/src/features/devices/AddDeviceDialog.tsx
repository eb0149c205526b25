import { LIMITS } from '@sluice/model'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/Button.tsx'
import { ErrorText } from '../../ui/ErrorNotice.tsx'
import { TextArea, TextField } from '../../ui/Field.tsx'
import { Modal, ModalActions } from '../../ui/Modal.tsx'
import { PrivacyChoice } from './PrivacyChoice.tsx'
import { useAddDevice } from './useDevices.ts'

export function AddDeviceDialog(): ReactNode {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const [isPrivate, setPrivate] = useState(true)
  const [isTried, setTried] = useState(false)
  const { mutate, isPending, error } = useAddDevice()
  const close = (): void => void navigate({ to: '/devices' })
  const isNameMissing = isTried && name.trim() === ''
  const add = (): void => {
    setTried(true)
    if (name.trim() === '') return
    mutate(
      {
        name: name.trim(),
        private: isPrivate,
        ...(description.trim() === '' ? {} : { description: description.trim() }),
      },
      {
        onSuccess: ({ device }) =>
          void navigate({
            to: '/devices/$deviceId',
            params: { deviceId: String(device.id) },
            search: {},
            replace: true,
          }),
      },
    )
  }
  return (
    <Modal title="Add device" onClose={close}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <TextField
          label="Name"
          name="name"
          autoFocus
          required
          maxLength={LIMITS.titleCharsMax}
          placeholder="Greenhouse"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={isNameMissing ? 'Give the device a name.' : undefined}
        />
        <TextArea
          label="Description"
          name="description"
          isOptional
          rows={2}
          maxLength={LIMITS.descriptionCharsMax}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <PrivacyChoice isPrivate={isPrivate} onChange={setPrivate} />
        <ErrorText error={error} />
        <ModalActions>
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" type="submit" isBusy={isPending}>
            Add
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
