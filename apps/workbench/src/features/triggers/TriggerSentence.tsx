import type { TriggerDocument } from '@sluice/model'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { ReactNode } from 'react'
import { unitWords } from '../channels/unit-words.ts'
import { useFeed } from '../device/useDevice.ts'
import { CONDITION_WORDS, conditionWords, secondsWords } from './rule-words.ts'
import { useFeedNames } from './useFeedNames.ts'

/** A trigger as one sentence, its device a link. */
export function TriggerSentence({ trigger }: { trigger: TriggerDocument }): ReactNode {
  const { feedName, deviceOf } = useFeedNames()
  const { data: feed } = useFeed(trigger.environment_id)
  const unitOf = (id: string): string => unitWords(feed?.datastreams?.find((stream) => stream.id === id)?.unit)
  const device = deviceOf(trigger.environment_id)
  const { action } = trigger
  return (
    <>
      When{' '}
      {trigger.conditions.map((condition, index) => {
        const { stream_id: id, trigger_type: type } = condition
        const words = conditionWords(condition, unitOf)
        return (
          <Fragment key={`${id} ${type} ${words}`}>
            {index > 0 && (trigger.match === 'any' ? ' or ' : ' and ')}
            <strong className="font-semibold">{id}</strong>
            {index === 0 && (
              <>
                {' of '}
                {device ? (
                  <Link
                    to="/devices/$deviceId"
                    params={{ deviceId: String(device.id) }}
                    search={{ channel: id }}
                    className="font-semibold text-accent hover:underline"
                  >
                    {device.name}
                  </Link>
                ) : (
                  <strong className="font-semibold">{feedName(trigger.environment_id)}</strong>
                )}
              </>
            )}{' '}
            {CONDITION_WORDS[type]}{' '}
            <strong className="font-semibold">{words.slice(`${id} ${CONDITION_WORDS[type]} `.length)}</strong>
          </Fragment>
        )
      })}
      {trigger.for > 0 && ` for ${secondsWords(trigger.for)}`}, then{' '}
      {action.kind === 'http' ? 'send an HTTP POST to ' : ''}
      {action.kind === 'email' ? 'send an e-mail to ' : ''}
      {action.kind === 'publish' ? 'publish to the topic ' : ''}
      {action.kind === 'call' ? 'call the procedure ' : ''}
      {action.kind === 'datapoint' ? `write ${action.value ?? 'the value'} to ` : ''}
      <Link
        to="/endpoints/$endpointId"
        params={{ endpointId: String(trigger.endpoint_id) }}
        className="font-semibold wrap-anywhere text-accent hover:underline"
      >
        {targetWords(trigger, feedName)}
      </Link>
      .
    </>
  )
}

function targetWords({ action }: TriggerDocument, feedName: (feedId: number) => string): string {
  switch (action.kind) {
    case 'http':
      return action.url
    case 'email':
      return action.to
    case 'publish':
      return action.topic
    case 'call':
      return action.procedure
    case 'datapoint':
      break
  }
  return `${action.datastream_id} of ${feedName(action.feed_id)}`
}
