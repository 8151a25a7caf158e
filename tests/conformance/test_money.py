"""Money in, and the page that shows it to its owner."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from corehttp.exceptions import ResourceNotFoundError
from credytapi import models
from support import Conformance, Page, later, operation

RETURN = "https://acme.example/thanks?from=scrip"
FAILURE = "https://acme.example/sorry"


class TopUps(Conformance):
    def initiate(self, customer_id, amount, **more):
        more = {"currency": "USD", "return_url": RETURN, "failure_url": FAILURE, **more}
        return self.client.top_ups.initiate(models.InitiateTopUpRequest(customer_id=customer_id, amount=amount, **more))

    @operation("POST /top-ups")
    def test_post_top_ups(self):
        """A link where the customer pays; it credits once, however often it is pressed, and leads back. A
        destination asset is filled at its rate or at the one given.
        """
        customer = self.customer()
        started = self.initiate(customer.id, Decimal("20.5"), description="Two months", metadata={"order": "7"})
        self.assertRegex(started.id, r"^top_")
        self.assertIn(started.status, (models.TopUpStatus.INITIATED, models.TopUpStatus.PENDING))
        self.assertGreater(started.expires_at, started.created_at)
        self.assertEqual(self.balance(customer.id), 0)
        page = Page(started.redirect_url)
        self.assertEqual(page.status, 200)
        self.assertIn("20.50", page.text)
        paid = page.press("pay")
        self.assertEqual((paid.status, paid.headers["location"]), (303, RETURN))
        self.eventually(lambda: self.assertEqual(self.balance(customer.id), Decimal("20.5")))
        page.press("pay")
        self.assertEqual(self.balance(customer.id), Decimal("20.5"))
        grants = self.wallets.get_credit_grants(customer.id, "default:USD").items_property
        self.assertEqual([one.purpose for one in grants], ["paid"])

        tokens = self.asset(precision=0, rates=[models.StartingExchangeRate(source="USD", rate="0.04")])
        until = later(days=90)
        for rate, bought in [(None, 250), ("0.02", 750)]:
            to = models.TopUpDestination(asset=tokens, **({} if rate is None else {"exchange_rate": rate}))
            started = self.initiate(customer.id, "10", destination=to, credit_expires_at=until)
            Page(started.redirect_url).press("pay")
            self.eventually(lambda: self.assertEqual(self.balance(customer.id, tokens), bought))
        grants = self.wallets.get_credit_grants(customer.id, f"default:{tokens}").items_property
        self.assertEqual({one.expires_at for one in grants}, {until})
        self.assertEqual(self.balance(customer.id), Decimal("20.5"))

    @operation("GET /top-ups/{id}")
    def test_get_top_up(self):
        """Follows the payment: open, then succeeded or failed; a declined one credits nothing."""
        customer = self.customer()
        for press, status, leads_to in [("pay", "succeeded", RETURN), ("decline", "failed", FAILURE)]:
            started = self.initiate(customer.id, "5")
            shown = self.client.top_ups.get(started.id)
            self.assertEqual((shown.id, shown.customer_id, shown.currency), (started.id, customer.id, "USD"))
            self.assertEqual(shown.status, started.status)
            self.assert_amount(shown.amount, "5")
            pressed = Page(started.redirect_url).press(press)
            self.assertEqual(pressed.headers["location"], leads_to)
            self.assertEqual(self.client.top_ups.get(started.id).status, status)
        self.eventually(lambda: self.assertEqual(self.balance(customer.id), 5))
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.top_ups.get("top_nowhere")

    def balance(self, customer_id, asset="USD"):
        accounts = self.wallets.get_customer_wallet(customer_id).accounts
        return sum(Decimal(one.available) for one in accounts if one.asset == asset)


class Portal(Conformance):
    def open(self, customer_id):
        body = models.CreateSessionRequest(customer_id=customer_id, return_url=RETURN, failure_url=FAILURE)
        return self.client.billing_portal.create_portal_session(body)

    @operation("POST /billing-portal/sessions")
    def test_post_sessions(self):
        """A link with a token that opens the page of this customer and of nobody else."""
        mine, other = self.customer(credit="123.45"), self.customer(credit="678.9")
        session = self.open(mine.id)
        self.assert_now_or_later(session.expires_at)
        page = Page(session.redirect_url)
        self.assertEqual(page.status, 200)
        self.assertIn("123.45", page.text)
        self.assertIn(RETURN.replace("&", "&amp;"), page.html)
        self.assertNotIn("678.9", page.text)
        token = self.token(session.redirect_url)
        self.assertNotEqual(token, self.token(self.open(mine.id).redirect_url))
        self.assertIn("678.9", Page(self.open(other.id).redirect_url).text)
        forged = session.redirect_url.replace(token, token[:-4] + ("aaaa" if token[-4:] != "aaaa" else "bbbb"))
        refused = Page(forged)
        self.assertGreaterEqual(refused.status, 400)
        self.assertNotIn("123.45", refused.html)
        with self.assert_refused(404, ResourceNotFoundError):
            self.open("cust_nowhere")

    def token(self, url):
        parts = urlsplit(url)
        return parse_qs(parts.query or parts.fragment)["token"][0]

    def assert_now_or_later(self, moment):
        self.assertGreater(moment, later(minutes=1))
        self.assertLess(moment, later(hours=2))
