import type { ErrorDocument, KeyDocument, PermissionDocument, TriggerV2Document, UserDocument } from '@sluice/model'
import { escapeText, textNode, writeXml, XML_DECLARATION, type XmlNode } from './write-xml.ts'

type Members = Readonly<Record<string, unknown>>

/** Names of XML have dashes where those of JSON have underscores. */
export const writeKeyXml = (key: KeyDocument): string => writeXml(keyNode(key))
export const writeKeysXml = (keys: readonly KeyDocument[]): string => writeXml(listNode('keys', keys.map(keyNode)))

export const writeTriggerXml = (trigger: TriggerV2Document): string => writeXml(triggerNode(trigger))
export const writeTriggersXml = (triggers: readonly TriggerV2Document[]): string =>
  writeXml(listNode('datastream-triggers', triggers.map(triggerNode)))

export const writeUserXml = (user: UserDocument): string => writeXml(userNode(user))
export const writeUsersXml = (users: readonly UserDocument[]): string =>
  writeXml(listNode('users', users.map(userNode)))

/** On one line, because old clients take the first two nodes of the root for title and error. */
export function writeErrorXml({ title, errors }: ErrorDocument): string {
  const sentences = sentencesOf(errors).map((sentence) => `<error>${escapeText(sentence)}</error>`)
  return `${XML_DECLARATION}<errors><title>${escapeText(title)}</title>${sentences.join('')}</errors>`
}

/** Plain text, a sentence a line. */
export const writeErrorText = ({ errors }: ErrorDocument): string => sentencesOf(errors).join('\n')

const sentencesOf = (errors: string | readonly string[]): readonly string[] =>
  typeof errors === 'string' ? [errors] : errors

const listNode = (name: string, content: readonly XmlNode[]): XmlNode => ({
  name,
  attributes: { type: 'array' },
  content,
})

function keyNode(key: KeyDocument): XmlNode {
  return {
    name: 'key',
    content: [
      ...memberNodes(key, ['id', 'api_key', 'expires_at', 'user', 'label', 'private_access']),
      { name: 'permissions', content: key.permissions.map(permissionNode) },
      ...memberNodes(key, ['created_at', 'last_used_at']),
    ],
  }
}

function permissionNode(permission: PermissionDocument): XmlNode {
  const methods = permission.access_methods.map((method) => ({ name: 'access-method', content: method }))
  const resources = permission.resources?.map((resource) => ({
    name: 'resource',
    content: memberNodes(resource, ['feed_id', 'datastream_id', 'datastream_trigger_id']),
  }))
  return {
    name: 'permission',
    content: [
      ...memberNodes(permission, ['label', 'referer', 'source_ip', 'minimum_interval']),
      { name: 'access-methods', content: methods },
      ...(resources ? [{ name: 'resources', content: resources }] : []),
    ],
  }
}

/** With the types that Rails gave them. */
function triggerNode(trigger: TriggerV2Document): XmlNode {
  const { threshold_value: threshold } = trigger
  return {
    name: 'datastream-trigger',
    content: [
      { name: 'id', attributes: { type: 'integer' }, content: String(trigger.id) },
      { name: 'url', content: trigger.url },
      { name: 'trigger-type', content: trigger.trigger_type },
      ...(threshold === undefined
        ? []
        : [{ name: 'threshold-value', attributes: { type: 'float' }, content: threshold }]),
      { name: 'notified-at', attributes: { type: 'datetime' }, content: trigger.notified_at },
      { name: 'user', content: trigger.user },
      { name: 'environment-id', attributes: { type: 'integer' }, content: String(trigger.environment_id) },
      { name: 'stream-id', content: trigger.stream_id },
    ],
  }
}

function userNode(user: UserDocument): XmlNode {
  return {
    name: 'user',
    content: [
      ...memberNodes(user, ['login', 'email', 'full_name']),
      listNode(
        'roles',
        user.roles.map((role) => ({ name: 'role', content: role })),
      ),
      ...memberNodes(user, ['created_at']),
    ],
  }
}

/** The members of a document that are there, in this order. */
function memberNodes(document: Members, names: readonly string[]): XmlNode[] {
  return names.flatMap((name) => {
    const member = document[name]
    const isText = typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean'
    return isText ? textNode(name.replaceAll('_', '-'), String(member)) : []
  })
}
