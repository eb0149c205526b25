"""Tries what Autobahn|Python can do over one transport after another and prints a line of JSON for each.

Arguments: the URLs of the WebSocket and of the RawSocket, a realm that is open to all, and one that asks who comes.
"""

import json
import sys
import time

import txaio

txaio.use_twisted()

from autobahn.twisted.util import sleep
from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp import auth, serializer
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import CallOptions, PublishOptions, RegisterOptions, SubscribeOptions
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks, returnValue
from twisted.internet.task import react

WEB_SOCKET, RAW_SOCKET, REALM, GUARDED = sys.argv[1:5]
LIMIT_S = 60
VALUES = [1, -1.5, "Grüße 🎈", 2**53 - 8, -(2**53 - 8), True, None, ["a", {"b": []}], b"\x00\x01\x7f\x80\xff"]


def say(**what):
    print(json.dumps(what), file=sys.__stdout__, flush=True)


class Peer(ApplicationSession):
    def onConnect(self):
        who = self.config.extra["who"]
        if who is None:
            self.join(self.config.realm)
        else:
            self.join(self.config.realm, [who["method"]], who["authid"])

    def onChallenge(self, challenge):
        secret = self.config.extra["who"]["secret"]
        if challenge.method == "ticket":
            return secret
        key = secret.encode()
        if "salt" in challenge.extra:
            extra = challenge.extra
            key = auth.derive_key(key, extra["salt"], extra["iterations"], extra["keylen"])
        return auth.compute_wcs(key, challenge.extra["challenge"].encode()).decode()

    def onJoin(self, details):
        self.welcome = details
        self.config.extra["joined"].callback(self)

    def onLeave(self, details):
        if not self.config.extra["joined"].called:
            self.config.extra["joined"].errback(ApplicationError(details.reason))
        self.left.callback(details.reason) if hasattr(self, "left") else None
        self.disconnect()

    def end(self):
        self.left = Deferred()
        self.leave()
        return self.left


def enter(url, name, realm=REALM, who=None):
    make = {"json": "JsonSerializer", "msgpack": "MsgPackSerializer", "cbor": "CBORSerializer"}[name]
    extra = {"joined": Deferred(), "who": who}
    runner = ApplicationRunner(url, realm, extra=extra, serializers=[getattr(serializer, make)()])
    runner.run(Peer, start_reactor=False).addErrback(extra["joined"].errback)
    return extra["joined"]


@inlineCallbacks
def error_of(deferred):
    try:
        value = yield deferred
    except ApplicationError as error:
        returnValue([error.error, list(error.args), error.kwargs])
    except BaseException as error:
        returnValue([type(error).__name__])
    returnValue(["no error", repr(value)])


@inlineCallbacks
def calls(one, two, uri, seen):
    yield one.register(lambda *args, **kwargs: [list(args), kwargs], uri("echo"))
    echoed = yield two.call(uri("echo"), *VALUES, größe="ß")
    seen["echo"] = echoed == [VALUES, {"größe": "ß"}]

    def fail():
        raise ApplicationError("com.example.error.no", "why", at=3)

    yield one.register(fail, uri("fail"))
    seen["error"] = yield error_of(two.call(uri("fail")))
    yield one.register(lambda details: details.procedure, uri("match"), RegisterOptions(match="prefix", details=True))
    seen["prefix"] = (yield two.call(uri("match") + ".a.b")) == uri("match") + ".a.b"


@inlineCallbacks
def progress(one, two, uri, seen):
    def count(to, details):
        for n in range(1, to + 1):
            details.progress(n)
        return "done"

    yield one.register(count, uri("count"), RegisterOptions(details=True))
    parts = []
    result = yield two.call(uri("count"), 3, options=CallOptions(on_progress=parts.append))
    seen["progress"] = [parts, result]


@inlineCallbacks
def endings(one, two, uri, seen):
    begun = Deferred()
    interrupted = Deferred()

    def forever():
        begun.callback(None) if not begun.called else None
        return Deferred(lambda _: interrupted.callback(True) if not interrupted.called else None)

    yield one.register(forever, uri("forever"))
    call = two.call(uri("forever"))
    yield begun
    call.cancel()
    seen["interrupted"] = yield interrupted
    seen["canceled"] = yield error_of(call)
    # this library counts seconds
    start = time.time()
    error = yield error_of(two.call(uri("forever"), options=CallOptions(timeout=1)))
    seen["timeout"] = [error[0], 0.9 < time.time() - start < 10]

    @inlineCallbacks
    def slow():
        yield sleep(0.2)
        returnValue("in time")

    yield one.register(slow, uri("slow"))
    seen["in time"] = yield two.call(uri("slow"), options=CallOptions(timeout=5))


@inlineCallbacks
def events(one, two, uri, seen):
    got = []
    done = Deferred()

    def note(name):
        def handler(*args, details, **kwargs):
            got.append([name, list(args) == VALUES, kwargs, details.topic == uri("topic.a")])
            done.callback(None) if len(got) == 3 else None

        return handler

    options = {"details": True}
    yield one.subscribe(note("exact"), uri("topic.a"), SubscribeOptions(**options))
    yield one.subscribe(note("prefix"), uri("topic"), SubscribeOptions(match="prefix", **options))
    yield one.subscribe(note("wildcard"), uri(".a"), SubscribeOptions(match="wildcard", **options))
    publication = yield two.publish(uri("topic.a"), *VALUES, k=1, options=PublishOptions(acknowledge=True))
    seen["acknowledged"] = 0 < publication.id <= 2**53
    yield done
    seen["events"] = sorted(got)


@inlineCallbacks
def all_over(url, name):
    one = yield enter(url, name)
    two = yield enter(url, name)
    kind = url.split(":")[0]
    seen = {}

    def uri(last):
        return "%s-%s.%s" % (kind, name, last)

    for part in (calls, progress, endings, events):
        yield part(one, two, uri, seen)
    seen["alive"] = yield two.call(uri("echo"))
    # the other one meets a transport that just ends
    seen["left"] = yield two.end()
    one.disconnect()
    say(over="%s %s" % (kind, name), seen=seen)


@inlineCallbacks
def authentication(url):
    for method, authid, secret in (
        ("ticket", "joe", "ticket of joe"),
        ("ticket", "joe", "wrong"),
        ("wampcra", "joe", "secret of joe"),
        ("wampcra", "ann", "secret of ann"),
        ("wampcra", "ann", "wrong"),
        ("wampcra", "eve", "secret of joe"),
    ):
        try:
            session = yield enter(url, "json", GUARDED, {"method": method, "authid": authid, "secret": secret})
            outcome = [session.welcome.authid, session.welcome.authrole, session.welcome.authmethod]
            yield session.end()
        except ApplicationError as error:
            outcome = error.error
        say(over="%s %s %s %s" % (url.split(":")[0], method, authid, secret), seen=outcome)


@inlineCallbacks
def main(reactor):
    reactor.callLater(LIMIT_S, lambda: sys.exit("too slow"))
    formats = ["json", "msgpack"] + (["cbor"] if hasattr(serializer, "CBORSerializer") else [])
    pairs = [all_over(url, name) for url in (WEB_SOCKET, RAW_SOCKET) for name in formats]
    yield gatherResults(pairs + [authentication(WEB_SOCKET), authentication(RAW_SOCKET)])


react(main)
