import {
  formatTimestamp,
  type Action,
  type ActionDocument,
  type Condition,
  type ConditionDocument,
  type Trigger,
  type TriggerDocument,
  type TriggerV2Document,
} from '@sluice/model'

/** API v2's trigger, in its order, without any member that xively-python would raise on. */
export function renderTriggerV2({ id, rule, action, notifiedAt, feedId, user }: Trigger): TriggerV2Document {
  const [first] = rule.conditions
  return {
    id,
    ...(first && 'threshold' in first && { threshold_value: first.threshold }),
    notified_at: notifiedAt === null ? '' : formatTimestamp(notifiedAt),
    url: action.kind === 'http' ? action.url : '',
    trigger_type: first?.type ?? 'change',
    stream_id: first?.datastreamId ?? '',
    environment_id: feedId,
    user,
  }
}

/** All there is to a trigger. */
export function renderTrigger(trigger: Trigger): TriggerDocument {
  const { rule } = trigger
  return {
    ...renderTriggerV2(trigger),
    name: trigger.name,
    conditions: rule.conditions.map(renderCondition),
    match: rule.match,
    mode: rule.mode,
    for: rule.forS,
    hysteresis: rule.hysteresis,
    min_interval: rule.minIntervalS,
    rearm: rule.rearm,
    late: rule.late,
    action: renderAction(trigger.action),
    enabled: trigger.isEnabled,
    armed: trigger.isArmed,
    firings: trigger.firings,
    endpoint_id: trigger.endpointId,
    created_at: formatTimestamp(trigger.createdAt),
    updated_at: formatTimestamp(trigger.updatedAt),
  }
}

export function renderCondition(condition: Condition): ConditionDocument {
  return {
    stream_id: condition.datastreamId,
    trigger_type: condition.type,
    ...('threshold' in condition && { threshold_value: condition.threshold }),
    ...('low' in condition && { low: condition.low, high: condition.high }),
    ...('perS' in condition && { per: condition.perS }),
    ...('afterS' in condition && { after: condition.afterS }),
  }
}

function renderAction(action: Action): ActionDocument {
  if (action.kind !== 'datapoint') return action
  const { kind, feedId, datastreamId, value } = action
  return { kind, feed_id: feedId, datastream_id: datastreamId, value }
}
