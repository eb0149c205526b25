import type { Variant } from './subject.ts'
import { all, look, may, not } from './verdict.ts'
import type { Rule } from './verdict.ts'

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

export type FeedRules = Partial<Record<FeedThing, Rule>>

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
/** All there is. */
export const WHOLE: FeedRules = {
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
export const FEED_RULES: Record<string, Record<Variant, FeedRules>> = {
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
  'a key for this address': everywhere(WHOLE),
  'a key for this address and this page': everywhere(WHOLE),
  'the old text of a rolled key, within the overlap': everywhere(WHOLE),
  'the master key': everywhere(WHOLE),
  'the owner': everywhere(WHOLE),
}
