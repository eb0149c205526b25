export interface Violation {
  readonly name: string
  readonly frame: string
}

const deep = `${'['.repeat(33)}${']'.repeat(33)}`

/** What nobody may send as the first thing (Basic Profile, "Session Establishment" and "Protocol Violations"). */
export const BEFORE_SESSION: readonly Violation[] = [
  { name: 'nothing at all', frame: '' },
  { name: 'not JSON', frame: 'hello' },
  { name: 'a dict', frame: '{}' },
  { name: 'an empty list', frame: '[]' },
  { name: 'a list cut short', frame: '[1,"realm1",{"roles":{"caller":{}}}' },
  { name: 'something behind the list', frame: '[1,"realm1",{"roles":{"caller":{}}}] x' },
  { name: 'a type that is a string', frame: '["1","realm1",{"roles":{"caller":{}}}]' },
  { name: 'a type that does not exist', frame: '[7,"realm1",{}]' },
  { name: 'HELLO without details', frame: '[1,"realm1"]' },
  { name: 'HELLO with one element too many', frame: '[1,"realm1",{"roles":{"caller":{}}},[]]' },
  { name: 'HELLO without roles', frame: '[1,"realm1",{}]' },
  { name: 'HELLO with an empty role list', frame: '[1,"realm1",{"roles":{}}]' },
  { name: 'HELLO with a role that is no client role', frame: '[1,"realm1",{"roles":{"broker":{}}}]' },
  { name: 'HELLO with a role that is no dict', frame: '[1,"realm1",{"roles":{"caller":true}}]' },
  { name: 'HELLO with a realm that is a number', frame: '[1,1,{"roles":{"caller":{}}}]' },
  { name: 'HELLO above 4 kB', frame: `[1,"realm1",{"roles":{"caller":{}},"x":"${'x'.repeat(4096)}"}]` },
  { name: 'GOODBYE', frame: '[6,{},"wamp.close.normal"]' },
  { name: 'ERROR', frame: '[8,68,1,{},"a.b"]' },
  { name: 'PUBLISH', frame: '[16,1,{},"a.b"]' },
  { name: 'AUTHENTICATE without a challenge', frame: '[5,"x",{}]' },
]

/** What nobody may send while joined. */
export const IN_SESSION: readonly Violation[] = [
  { name: 'a second HELLO', frame: '[1,"realm1",{"roles":{"caller":{}}}]' },
  { name: 'WELCOME', frame: '[2,1,{}]' },
  { name: 'CHALLENGE', frame: '[4,"ticket",{}]' },
  { name: 'AUTHENTICATE', frame: '[5,"x",{}]' },
  { name: 'PUBLISHED', frame: '[17,1,1]' },
  { name: 'SUBSCRIBED', frame: '[33,1,1]' },
  { name: 'UNSUBSCRIBED', frame: '[35,1]' },
  { name: 'EVENT', frame: '[36,1,1,{}]' },
  { name: 'RESULT', frame: '[50,1,{}]' },
  { name: 'REGISTERED', frame: '[65,1,1]' },
  { name: 'UNREGISTERED', frame: '[67,1]' },
  { name: 'INVOCATION', frame: '[68,1,1,{}]' },
  { name: 'INTERRUPT', frame: '[69,1,{}]' },
  { name: 'not JSON', frame: '[16,1,{},"a.b",[tru]]' },
  { name: 'a control character in a string', frame: '[16,1,{},"a.b",["\u0001"]]' },
  { name: 'a trailing comma', frame: '[16,1,{},"a.b",[1,]]' },
  { name: 'a number with a leading zero', frame: '[16,1,{},"a.b",[01]]' },
  { name: 'a payload nested 33 deep', frame: `[16,1,{},"a.b",${deep}]` },
  { name: 'arguments that are null', frame: '[16,1,{},"a.b",null]' },
  { name: 'arguments that are a dict', frame: '[16,1,{},"a.b",{}]' },
  { name: 'keyword arguments that are a list', frame: '[16,1,{},"a.b",[],[]]' },
  { name: 'keyword arguments that are null', frame: '[16,1,{},"a.b",[],null]' },
  { name: 'something behind the keyword arguments', frame: '[16,1,{},"a.b",[],{},1]' },
  { name: 'options that are a list', frame: '[16,1,[],"a.b"]' },
  { name: 'a topic that is a number', frame: '[16,1,{},5]' },
  { name: 'request id 0', frame: '[16,0,{},"a.b"]' },
  { name: 'a negative request id', frame: '[16,-1,{},"a.b"]' },
  { name: 'a request id that is no integer', frame: '[16,1.5,{},"a.b"]' },
  { name: 'a request id above 2^53', frame: '[16,9007199254740994,{},"a.b"]' },
  { name: 'a request id that is a string', frame: '[16,"1",{},"a.b"]' },
  { name: 'UNSUBSCRIBE without a subscription', frame: '[34,1]' },
  { name: 'YIELD for an invocation never issued', frame: '[70,1,{}]' },
  { name: 'ERROR for an invocation never issued', frame: '[8,68,1,{},"a.b"]' },
  { name: 'ERROR for something other than an invocation', frame: '[8,48,1,{},"a.b"]' },
]
