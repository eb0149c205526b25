"""Publishes four events on test-topic, one every quarter of a second. Arguments: url, realm, and a ticket if any."""

import sys

from autobahn.twisted.util import sleep
from autobahn.twisted.wamp import ApplicationRunner, ApplicationSession
from autobahn.wamp.types import PublishOptions
from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks

URL, REALM, TICKET = sys.argv[1], sys.argv[2], (sys.argv[3:] + [None])[0]


def say(*words):
    # Twisted's log takes sys.stdout over and would put a time before each line
    print(*words, file=sys.__stdout__, flush=True)


class Publisher(ApplicationSession):
    def onConnect(self):
        if TICKET is None:
            self.join(self.config.realm)
        else:
            self.join(self.config.realm, ["ticket"], "session")

    def onChallenge(self, challenge):
        return TICKET

    @inlineCallbacks
    def onJoin(self, details):
        say("joined", details.realm, details.authrole)
        for n in range(1, 5):
            self.publish("test-topic", "hello", n)
            yield sleep(0.25)
        publication = yield self.publish("test-topic", "bye", options=PublishOptions(acknowledge=True))
        say("published", publication.id > 0)
        self.leave()

    def onLeave(self, details):
        say("left", details.reason)
        self.disconnect()

    def onDisconnect(self):
        if reactor.running:
            reactor.stop()


ApplicationRunner(URL, REALM).run(Publisher)
