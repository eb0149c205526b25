import type { Variant } from './subject.ts'

/**
 * What may become of a request. Everything but `served` changes nothing, shows nothing, and everything but `refused`
 * is answered like the same request about an id that nobody has.
 */
export type Verdict =
  | 'served'
  /** 403: the caller may know that it is there, and not do this */
  | 'refused'
  /** 403, whatever it is about */
  | 'barred'
  /** like what does not exist */
  | 'hidden'
  /** one of these three, by what else is in the request */
  | 'denied'
  /** 401 */
  | 'unknown'

export type Deed = 'get' | 'put' | 'post' | 'delete'
/** What is not mentioned is hidden. */
type Rule = Partial<Record<Deed, Verdict>>

const DEEDS: readonly Deed[] = ['get', 'put', 'post', 'delete']

/** These deeds are served; what becomes of the others is said behind them. */
function may(deeds: string, otherwise: Verdict = 'hidden'): Rule {
  const served = deeds.split(' ')
  return Object.fromEntries(DEEDS.map((deed) => [deed, served.includes(deed) ? 'served' : otherwise]))
}
const all = may('get put post delete')
const look = may('get', 'refused')
const not = (verdict: Verdict): Rule => may('', verdict)

/** A feed with the datastreams t and u, and what hangs on it. */
export type FeedThing =
  /** itself, as a whole */
  | 'feed'
  | 't'
  | 'u'
  /** t, as a member of what is written to the feed */
  | 'member t'
  /** t and u, in one request */
  | 't and u'
  /** t or u, each with an outcome of its own */
  | 't or u'
  | 'request log'
  /** the feed among those found by its own words, and by words of a datastream */
  | 'search'
  | 'search by t'
  | 'search by u'
  /** whether a key may do something with it */
  | 'question'
  /** a rule over t, over both: to be made, or tried on stored datapoints */
  | 'rule'
  | 'rule over both'
  /** the trigger on t, why it did what it did, and what it sent */
  | 'trigger'
  | 'trace'
  | 'delivery'

type FeedRules = Partial<Record<FeedThing, Rule>>

/** Nothing of it is there. */
const UNSEEN: FeedRules = {}
/** Somebody else's public feed, for a key that is bound to nothing and for owners (API v2). */
const FOREIGN: FeedRules = {
  feed: look,
  t: look,
  u: look,
  'member t': look,
  't and u': look,
  't or u': not('refused'),
  'request log': not('refused'),
  search: all,
  'search by t': all,
  'search by u': all,
  question: all,
  rule: may('get post', 'refused'),
  'rule over both': may('get post', 'refused'),
}
/** Who was not given a public feed does not make triggers on it; a bound key finds only what it is bound to. */
const NOT_GIVEN: FeedRules = {
  ...FOREIGN,
  search: {},
  'search by t': {},
  'search by u': {},
  rule: look,
  'rule over both': look,
}
const WHOLE: FeedRules = {
  feed: all,
  t: all,
  u: all,
  'member t': all,
  't and u': all,
  't or u': all,
  'request log': all,
  search: all,
  'search by t': all,
  'search by u': all,
  question: all,
  rule: all,
  'rule over both': all,
  trigger: all,
  trace: all,
  delivery: all,
}
/** Without private access: messages and the log carry what is private whatever the feed is. */
const PUBLIC_ONLY: FeedRules = { ...WHOLE, 'request log': not('refused'), delivery: {} }
const READER: FeedRules = {
  feed: look,
  t: look,
  u: look,
  'member t': look,
  't and u': look,
  't or u': not('refused'),
  'request log': look,
  search: all,
  'search by t': all,
  'search by u': all,
  question: all,
  rule: look,
  'rule over both': look,
  trigger: look,
  trace: look,
  delivery: look,
}
/** Knows its account's feeds, and reads none of what is in them; triggers tell where messages go. */
function blind(deeds: string): FeedRules {
  const write = may(deeds, 'refused')
  const append = deeds.includes('post') ? all : not('refused')
  const none = not('refused')
  return {
    feed: write,
    t: write,
    u: write,
    'member t': write,
    't and u': write,
    't or u': append,
    'request log': none,
    question: all,
    rule: none,
    'rule over both': none,
  }
}
/** Reads what is public, as everybody does. */
function blindOutside(deeds: string): FeedRules {
  const write = may(`get ${deeds}`, 'refused')
  return {
    ...blind(deeds),
    feed: write,
    t: write,
    u: write,
    'member t': write,
    't and u': write,
    search: all,
    'search by t': all,
    'search by u': all,
    rule: look,
    'rule over both': look,
  }
}
const FOR_T: FeedRules = {
  feed: look,
  t: all,
  'member t': all,
  't and u': not('refused'),
  't or u': all,
  'request log': not('refused'),
  search: all,
  'search by t': all,
  question: all,
  rule: all,
  'rule over both': not('refused'),
  trigger: all,
  trace: all,
}
const FOR_U: FeedRules = {
  feed: look,
  u: all,
  'member t': not('refused'),
  't and u': not('refused'),
  't or u': all,
  'request log': not('refused'),
  search: all,
  'search by u': all,
  question: all,
  rule: not('refused'),
  'rule over both': not('refused'),
}
const FOR_TRIGGER: FeedRules = { trigger: all, trace: not('refused') }

const everywhere = (rules: FeedRules): Record<Variant, FeedRules> => ({ private: rules, public: rules })

/** By who asks: a feed that is private, and one that is public. */
const FEED_RULES: Record<string, Record<Variant, FeedRules>> = {
  'the master key of another account': { private: UNSEEN, public: FOREIGN },
  'the owner of another account': { private: UNSEEN, public: FOREIGN },
  'a key of another account that names the feed': {
    private: UNSEEN,
    public: { ...FOREIGN, rule: look, 'rule over both': look },
  },
  'the master key of an administrator': { private: UNSEEN, public: FOREIGN },
  'an administrator': { private: UNSEEN, public: FOREIGN },
  'a key that reads': everywhere(READER),
  'a key that writes': { private: blind('put post'), public: blindOutside('put post') },
  'a key that deletes': { private: blind('delete'), public: blindOutside('delete') },
  'a key without private access': { private: UNSEEN, public: PUBLIC_ONLY },
  'a key for another feed': { private: UNSEEN, public: NOT_GIVEN },
  'a key for the feed': everywhere(WHOLE),
  'a key for the feed, without private access': { private: UNSEEN, public: PUBLIC_ONLY },
  'a key for the datastream': { private: FOR_T, public: { ...FOR_T, u: look, 'rule over both': look } },
  'a key for the other datastream': {
    private: FOR_U,
    public: { ...FOR_U, t: look, rule: look, 'rule over both': look },
  },
  'a key for the trigger': { private: FOR_TRIGGER, public: { ...NOT_GIVEN, ...FOR_TRIGGER } },
  'a key for this address and this page': everywhere(WHOLE),
  'the old text of a rolled key, within the overlap': everywhere(WHOLE),
  'the master key': everywhere(WHOLE),
  'the owner': everywhere(WHOLE),
}

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
const EVERYBODYS: AccountRules = { code: not('refused'), door: all }

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

const ACCOUNT_RULES: Record<string, AccountRules> = {
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
  'a key for this address and this page': MASTER,
  'the old text of a rolled key, within the overlap': { ...MASTER, 'new text of a key': not('refused') },
  'the master key': MASTER,
  'the owner': OWNER,
}

/** Who is somebody else to everything: 401 for who shows nothing that works, 403 for who shows it in the wrong place. */
const OUTSIDE: Record<string, 'unknown' | 'barred'> = {
  nobody: 'unknown',
  'a malformed key': 'unknown',
  'a well-formed key that nobody has': 'unknown',
  'an expired key': 'unknown',
  'a removed key': 'unknown',
  'the key of a deactivated device': 'unknown',
  'a master key of an account that was removed': 'unknown',
  'the old text of a rolled key, after the overlap': 'unknown',
  'a master key beside another key': 'unknown',
  'a key for another address': 'barred',
  'a key for pages of another site': 'barred',
}

export type Thing = FeedThing | AccountThing
const ABOUT_FEEDS: ReadonlySet<string> = new Set<string>(Object.keys(WHOLE))

export const isAboutFeed = (thing: Thing): thing is FeedThing => ABOUT_FEEDS.has(thing)

/** What becomes of it when somebody does this. Written down here, and nowhere asked of the platform. */
export function verdictOn(name: string, deed: Deed, thing: Thing, variant: Variant): Verdict {
  const outside = OUTSIDE[name]
  if (outside) return EVERYBODYS[thing as AccountThing]?.[deed] ?? outside
  const rule = isAboutFeed(thing) ? FEED_RULES[name]?.[variant][thing] : ACCOUNT_RULES[name]?.[thing]
  return rule?.[deed] ?? 'hidden'
}

/** Whether there is a row for somebody. */
export const isRuled = (name: string): boolean => name in OUTSIDE || (name in FEED_RULES && name in ACCOUNT_RULES)
