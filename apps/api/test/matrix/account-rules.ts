import { all, not } from './verdict.ts'
import type { Rule } from './verdict.ts'

/** What does not depend on a feed being private. */
export type AccountThing =
  /** devices, products and endpoints, and keys among others */
  | 'device'
  /** by text, and by number */
  | 'key'
  | 'numbered key'
  | 'new text of a key'
  /** what is shown after the password was given again */
  | 'secret'
  /** the activation code of an active device */
  | 'code'
  /** a feed that a key is to be given, that a trigger is to write to, that a trigger is to be moved to */
  | 'grant'
  | 'target'
  | 'move'
  | 'user'
  | 'removal of a user'
  | 'way in for a user'
  /** all users of the server */
  | 'users'
  /** what a master key or owner lists and makes in the own account */
  | 'account'
  /** what every key may list, as far as it sees it */
  | 'list'
  | 'new feed'
  | 'new private feed'
  /** the key that asks */
  | 'self'
  | 'session'
  /** what only a person does */
  | 'person'
  /** what needs no identity; what is sent there is no way in */
  | 'door'

type AccountRules = Partial<Record<AccountThing, Rule>>

const barred = not('barred')
/** What needs no identity. */
export const EVERYBODYS: AccountRules = { code: not('refused'), door: all }

/** A key that is no master key. */
const PLAIN: AccountRules = {
  ...EVERYBODYS,
  device: barred,
  key: { put: 'barred', post: 'barred', delete: 'barred' },
  'numbered key': { put: 'barred', post: 'barred', delete: 'barred' },
  'new text of a key': barred,
  secret: barred,
  grant: barred,
  target: not('denied'),
  move: not('denied'),
  user: barred,
  'removal of a user': barred,
  'way in for a user': barred,
  users: barred,
  account: barred,
  list: all,
  'new feed': barred,
  'new private feed': barred,
  self: all,
  session: all,
  person: barred,
}
const MASTER: AccountRules = {
  ...EVERYBODYS,
  device: all,
  key: all,
  'new text of a key': all,
  secret: barred,
  code: all,
  grant: all,
  target: all,
  move: all,
  user: all,
  'removal of a user': not('refused'),
  'way in for a user': barred,
  users: barred,
  account: all,
  list: all,
  'new feed': all,
  'new private feed': all,
  self: all,
  session: all,
  person: barred,
}
const OWNER: AccountRules = {
  ...MASTER,
  'numbered key': all,
  secret: all,
  code: not('refused'),
  'way in for a user': not('refused'),
  person: all,
}
/** Everything is allowed, and nothing of it is there. */
const OTHER_MASTER: AccountRules = {
  ...EVERYBODYS,
  secret: barred,
  'way in for a user': barred,
  users: barred,
  account: all,
  list: all,
  'new feed': all,
  'new private feed': all,
  self: all,
  session: all,
  person: barred,
}
const OTHER_OWNER: AccountRules = { ...OTHER_MASTER, secret: {}, 'way in for a user': {}, person: all }
const ADMIN: AccountRules = { user: all, 'removal of a user': all, users: all }

export const ACCOUNT_RULES: Record<string, AccountRules> = {
  'the master key of another account': OTHER_MASTER,
  'the owner of another account': OTHER_OWNER,
  'a key of another account that names the feed': PLAIN,
  'the master key of an administrator': { ...OTHER_MASTER, ...ADMIN },
  'an administrator': { ...OTHER_OWNER, ...ADMIN, 'way in for a user': all },
  'a key that reads': PLAIN,
  'a key that writes': { ...PLAIN, 'new feed': all, 'new private feed': all },
  'a key that deletes': PLAIN,
  'a key without private access': { ...PLAIN, 'new feed': all },
  'a key for another feed': PLAIN,
  'a key for the feed': PLAIN,
  'a key for the feed, without private access': PLAIN,
  'a key for the datastream': PLAIN,
  'a key for the other datastream': PLAIN,
  'a key for the trigger': PLAIN,
  'a key for this address': MASTER,
  'a key for this address and this page': MASTER,
  'the old text of a rolled key, within the overlap': { ...MASTER, 'new text of a key': not('refused') },
  'the master key': MASTER,
  'the owner': OWNER,
}
