"""Prints events on test-topic until one says bye. Arguments: url, realm, and a ticket if any."""

import sys

from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.exception import ApplicationError
from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks

URL, REALM, TICKET = sys.argv[1], sys.argv[2], (sys.argv[3:] + [None])[0]


def say(*words):
    # Twisted's log takes sys.stdout over and would put a time before each line
    print(*words, file=sys.__stdout__, flush=True)


class Subscriber(ApplicationSession):
    def onConnect(self):
        if TICKET is None:
            self.join(self.config.realm)
        else:
            self.join(self.config.realm, ["ticket"], "session")

    def onChallenge(self, challenge):
        return TICKET

    @inlineCallbacks
    def onJoin(self, details):
        def on_event(*args):
            say("event", *args)
            if args[0] == "bye":
                self.leave()

        try:
            yield self.subscribe(on_event, "sluice.feed.1977.datapoints")
        except ApplicationError as error:
            say("refused", error.error)
        yield self.subscribe(on_event, "test-topic")
        say("subscribed", details.realm, details.authrole)

    def onLeave(self, details):
        say("left", details.reason)
        self.disconnect()

    def onDisconnect(self):
        if reactor.running:
            reactor.stop()


ApplicationRunner(URL, REALM).run(Subscriber)
