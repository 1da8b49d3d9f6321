"""A name server on this machine that answers by UDP what a test has put into its zone, late, or never."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
from dns.message import QueryMessage

Records = dict[str, list[str]]  # by kind, such as {"MX": ["10 mx.paper.test."]}
NXDOMAIN, SERVFAIL, SILENCE, LATE = "NXDOMAIN", "SERVFAIL", "SILENCE", "LATE"


@dataclass
class NameServer:
    """`zone` maps domains, in small letters, to their records or to what goes wrong; what it lacks is NXDOMAIN.

    What is LATE is NXDOMAIN too, once the test has set `hurry`.
    """

    zone: dict[str, Records | str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    hurry: threading.Event = field(default_factory=threading.Event)
    resolver: dns.resolver.Resolver = field(default_factory=lambda: dns.resolver.Resolver(configure=False))

    def answer(self, query: QueryMessage) -> bytes | None:
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        known = self.zone.get(name, NXDOMAIN)
        if known == SILENCE:
            return None
        if known == LATE:
            self.hurry.wait(20)
            known = NXDOMAIN
        response = dns.message.make_response(query, recursion_available=True)
        if isinstance(known, str):
            response.set_rcode(dns.rcode.from_text(known))
        elif records := known.get(kind):
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        return response.to_wire()


@contextmanager
def name_server() -> Iterator[NameServer]:
    """Answer on a port of one's own; `resolver` asks there and nowhere else."""
    server = NameServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, line = self.request
            query = dns.message.from_wire(octets)
            assert isinstance(query, QueryMessage)
            if answer := server.answer(query):
                line.sendto(answer, self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as udp:
        server.resolver.nameservers = ["127.0.0.1"]
        server.resolver.port = udp.server_address[1]
        thread = threading.Thread(target=udp.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            udp.shutdown()
            thread.join()
