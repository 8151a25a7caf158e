"""Credyt's own acceptance run: a subscribed customer, an adjustment, an event, its fee, and exactly that much less."""

import re
from decimal import Decimal
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from corehttp.credentials import ServiceKeyCredential
from credytapi import CredytApiClient
from support import KEY, URL, Conformance, unit_price, volume_price


class Acceptance(Conformance):
    def accept(self, amount, rate):
        product = self.product(volume_price("chat", "tokens", rate), unit_price("chat", "0.0001"))
        customer = self.customer(product.code)
        self.assertEqual(customer.subscriptions[0].status, "active")
        # An account may be there from the subscription on, but nothing is in it.
        accounts = self.wallets.get_customer_wallet(customer.id).accounts
        self.assertEqual([one.id for one in accounts if Decimal(one.available) != 0], [])
        self.adjust(customer.id, amount)
        before = self.available(customer.id)
        self.assertEqual(before, Decimal("20.5"))
        sent = self.send(customer.id, self.event("chat", data={"tokens": 4096}))
        event = self.recorded(sent)
        self.assertEqual([one.product_version for one in event.fees], [1, 1])
        fees = [Decimal(one.amount) for one in event.fees]
        self.assertEqual(fees, [Decimal("0.041943040000"), Decimal("0.0001")])
        self.assertEqual(self.available(customer.id), before - sum(fees))

    def test_numbers(self):
        """The acceptance run with the client's own numbers."""
        self.accept(Decimal("20.5"), 10.24)

    def test_texts(self):
        """The acceptance run with amounts as text."""
        self.accept("20.5", "10.24")

    def test_lost_replies(self):
        """The acceptance run where the first answer to every call is lost and the client sends it again: all has one
        effect.
        """
        forgetful = Forgetful()
        self.addCleanup(forgetful.close)
        self.client = CredytApiClient(
            ServiceKeyCredential(KEY), endpoint=f"{forgetful.url}/v1", transport=self.recorder
        )
        self.accept("20.5", "10.24")
        first, repeated = forgetful.answers[::2], forgetful.answers[1::2]
        paths = ["/v1/products", "/v1/customers", "/v1/customers/{id}/wallet/adjustments", "/v1/events"]
        written = [re.sub("cust_[^/]+", "{id}", path) for _, path, *_ in first]
        self.assertEqual(written, paths, "the first answer of every call that writes was lost")
        self.assertEqual(first, repeated, "a repeated call is answered as it was at first")


class Forgetful:
    """A proxy that passes every call on, and answers 503 in place of each first reply."""

    def __init__(self):
        proxy = self
        # What the calls that write were answered, before it was lost or passed on.
        self.answers, self.waiting = [], set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                status, headers, reply = passed_on(self.command, self.path, self.headers, body)
                call = (self.command, self.path, body)
                first = call not in proxy.waiting
                proxy.waiting ^= {call}
                if self.command != "GET":
                    proxy.answers.append((*call, status, reply))
                if first:
                    status, headers, reply = 503, {}, b""
                self.send_response(status)
                for name in ("content-type", "idempotent-replayed"):
                    if name in headers:
                        self.send_header(name, headers[name])
                if status != 204:
                    self.send_header("content-length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def passed_on(method, path, headers, body):
    given = urlsplit(URL)
    connection = HTTPConnection(given.hostname, given.port, timeout=30)
    kept = {name: headers[name] for name in ("content-type", "x-credyt-api-key") if name in headers}
    connection.request(method, given.path + path, body or None, kept)
    response = connection.getresponse()
    return response.status, response.headers, response.read()
