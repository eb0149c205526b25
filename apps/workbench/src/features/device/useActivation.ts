import type { DeviceDocument } from '@sluice/model'
import { errorWords } from '../../ui/error-words.ts'
import { showToast } from '../../ui/toasts.ts'
import { useChangeDevice } from './useDevice.ts'

/** Activating and deactivating: reversible, so done at once and said. */
export function useActivation(device: DeviceDocument): { isActive: boolean; isBusy: boolean; toggle(): void } {
  const { mutate, isPending } = useChangeDevice(device)
  const isActive = device.activated_at !== null
  return {
    isActive,
    isBusy: isPending,
    toggle: () =>
      mutate(isActive ? 'deactivate' : 'activate', {
        onSuccess: () =>
          showToast({
            kind: 'ok',
            text: isActive
              ? `${device.name} is deactivated: its keys are refused, nothing was deleted.`
              : `${device.name} is active: its keys work.`,
          }),
        onError: (error) => showToast({ kind: 'bad', text: errorWords(error).join(' ') }),
      }),
  }
}
