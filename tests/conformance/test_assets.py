"""Assets, their rates and what they convert to."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from corehttp.exceptions import ResourceExistsError, ResourceNotFoundError
from credytapi import models
from support import Conformance, later, operation, unique


class Assets(Conformance):
    def rate(self, code, rate, **more):
        self.client.assets.add_rate(code, models.AddAssetRateRequest(source="USD", rate=rate, **more))

    def quote(self, code, amount, **more):
        return self.client.assets.quote(code, models.QuoteAssetRequest(source="USD", amount=amount, **more))

    @operation("POST /assets")
    def test_post_assets(self):
        """Keeps precision, label, symbol and both kinds of starting rate; again it is one asset, and 409 with other
        details.
        """
        code = unique("A").upper()
        rates = [
            models.StartingExchangeRate(source="USD", rate="0.04"),
            models.StartingExchangeRate(source="EUR", inverse_rate="30"),
        ]
        body = models.CreateAssetRequest(code=code, name="Tokens", precision=2, label="tokens", symbol="◆", rates=rates)
        created = self.client.assets.create(body)
        self.assertEqual(created.code, code)
        self.assert_now(created.created_at)
        self.assertEqual(self.client.assets.create(body).created_at, created.created_at)
        with self.assert_refused(409, ResourceExistsError, "already_exists"):
            self.client.assets.create(models.CreateAssetRequest(code=code, name="Other"))
        shown = self.client.assets.get(code)
        self.assertEqual((shown.name, shown.precision, shown.label, shown.symbol), ("Tokens", 2, "tokens", "◆"))
        found = {one.source: one.schedule[0] for one in shown.rates}
        self.assert_amount(found["USD"].rate, "0.04")
        self.assert_amount(found["EUR"].inverse_rate, "30")

    @operation("GET /assets")
    def test_get_assets(self):
        """Lists by code, page by page, each asset once."""
        codes = {self.asset() for _ in range(3)}
        listed, offset = [], 0
        while True:
            page = self.client.assets.list(offset=offset, limit=2)
            self.assertEqual((page.limit, page.offset), (2, offset))
            listed += [one.code for one in page.items_property]
            offset += 2
            if offset >= page.total_count:
                break
        self.assertEqual(len(listed), page.total_count)
        self.assertEqual(listed, sorted(set(listed)))
        self.assertLessEqual(codes, set(listed))

    @operation("GET /assets/{code}")
    def test_get_asset(self):
        """Shows the schedule of every source, newest first, and 404 for an unknown code."""
        code = self.asset()
        first, second = later(days=-2), later(days=-1)
        self.rate(code, Decimal("0.5"), valid_from=first)
        self.rate(code, Decimal("0.25"), valid_from=second)
        shown = self.client.assets.get(code)
        (usd,) = shown.rates
        self.assertEqual(usd.source, "USD")
        self.assertEqual([one.valid_from for one in usd.schedule], [second, first])
        self.assertEqual([Decimal(one.rate) for one in usd.schedule], [Decimal("0.25"), Decimal("0.5")])
        with self.assert_refused(404, ResourceNotFoundError, "not_found"):
            self.client.assets.get("NOWHERE")

    @operation("POST /assets/{code}/rates")
    def test_post_rates(self):
        """A new rate ends the one before at its very start; one with an end leaves nothing behind it."""
        code = self.asset(rates=[models.StartingExchangeRate(source="USD", rate="0.5")])
        start, end = later(hours=1), later(hours=2)
        self.assertIsNone(
            self.client.assets.add_rate(
                code, models.AddAssetRateRequest(source="USD", rate="0.25", valid_from=start, valid_to=end)
            )
        )
        (usd,) = self.client.assets.get(code).rates
        newest, oldest = usd.schedule
        self.assertEqual((newest.valid_from, newest.valid_to), (start, end))
        self.assertEqual(oldest.valid_to, start)
        self.assert_amount(self.quote(code, "10").destination_amount, "20")
        self.assert_amount(self.quote(code, "10", exchange_at=start).destination_amount, "40")
        with self.assert_refused(422):
            self.quote(code, "10", exchange_at=end)

    @operation("POST /assets/{code}/quote")
    def test_post_quote(self):
        """Converts exactly, now and at a past instant, in the direction the rate was given, rounding half to even
        once.
        """
        code = self.asset(precision=2)
        self.rate(code, "0.02", valid_from=later(days=-2))
        self.rate(code, "0.03", valid_from=later(days=-1))
        quoted = self.quote(code, Decimal(10))
        self.assertEqual((quoted.source, quoted.destination), ("USD", code))
        self.assert_amount(quoted.source_amount, "10")
        self.assert_amount(quoted.destination_amount, "333.33")
        self.assert_amount(quoted.rate, "0.03")
        past = self.quote(code, "10", exchange_at=datetime.now(timezone.utc) - timedelta(hours=36))
        self.assert_amount(past.destination_amount, "500")
        bought = self.asset(rates=[models.StartingExchangeRate(source="USD", inverse_rate="3")], precision=0)
        quoted = self.quote(bought, "123456789012")
        self.assert_amount(quoted.destination_amount, "370370367036")
        self.assert_amount(quoted.inverse_rate, "3")
        self.assert_amount(self.quote(bought, "0.5").destination_amount, "2")
        with self.assert_refused(422):
            self.client.assets.quote(code, models.QuoteAssetRequest(source="GBP", amount="10"))
