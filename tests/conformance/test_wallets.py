"""A wallet: its accounts, its grants, and what changes it without usage."""

from datetime import timezone
from decimal import Decimal

from corehttp.exceptions import HttpResponseError, ResourceNotFoundError
from corehttp.rest import HttpRequest
from credytapi import models
from support import URL, Conformance, later, operation, unique


class Wallets(Conformance):
    @operation("GET /customers/{id}/wallet")
    def test_get_wallet(self):
        """Every account with what is available, to the last decimal, in the assets' own units."""
        asset = self.asset(precision=6)
        customer = self.customer(credit="20.000000000001")
        self.adjust(customer.id, "1234567.000001", asset=asset)
        accounts = {one.id: one for one in self.wallets.get_customer_wallet(customer.id).accounts}
        self.assertEqual(set(accounts), {"default:USD", f"default:{asset}"})
        usd, own = accounts["default:USD"], accounts[f"default:{asset}"]
        self.assertEqual((usd.asset, own.asset), ("USD", asset))
        self.assertTrue(usd.name)
        self.assert_amount(usd.available, "20.000000000001")
        self.assert_amount(own.available, "1234567.000001")
        self.assertEqual(self.wallets.get_customer_wallet(self.customer().id).accounts, [])
        with self.assert_refused(404, ResourceNotFoundError):
            self.wallets.get_customer_wallet("cust_nowhere")

    @operation("GET /customers/{id}/wallet/{account}")
    def test_get_account(self):
        """One account; what is held for running work is pending_out and not available."""
        customer = self.customer(credit="20")
        shown = self.wallets.get_account(customer.id, "default:USD")
        self.assertEqual((shown.id, shown.asset), ("default:USD", "USD"))
        for name, expected in [("available", "20"), ("pending_in", "0"), ("pending_out", "0")]:
            self.assert_amount(shown[name], expected)
        ask = {"id": unique("hold"), "customer_id": customer.id, "asset": "USD", "amount": "7.5"}
        held = self.client.send_request(HttpRequest("POST", f"{URL}/v1/authorize", json=ask))
        self.assertEqual(held.json()["decision"], "approved")
        shown = self.wallets.get_account(customer.id, "default:USD")
        for name, expected in [("available", "12.5"), ("pending_in", "0"), ("pending_out", "7.5")]:
            self.assert_amount(shown[name], expected)
        with self.assert_refused(404, ResourceNotFoundError):
            self.wallets.get_account(customer.id, "default:GBP")

    @operation("GET /customers/{id}/wallet/{account}/grants")
    def test_get_grants(self):
        """The lots of credit in the order in which they are spent, filtered by purpose, start and expiry."""
        customer = self.customer()
        soon, late = later(days=1), later(days=30)
        self.adjust(customer.id, "5")
        self.adjust(customer.id, "3", reason="gift", expires_at=late)
        self.adjust(customer.id, "2", reason="gift", expires_at=soon)

        def grants(**filters):
            page = self.wallets.get_credit_grants(customer.id, "default:USD", **filters)
            self.assertEqual(page.total_count, len(page.items_property))
            return page.items_property

        order = grants()
        self.assertEqual([Decimal(one.available) for one in order], [2, 3, 5])
        self.assertEqual([one.expires_at for one in order], [soon, late, None])
        self.assertEqual([one.purpose for one in order], ["promotion", "promotion", "paid"])
        self.assert_now(order[0].effective_at)
        self.assert_now(order[0].created_at)
        self.adjust(customer.id, "-2.5", reason="other")
        self.assertEqual([Decimal(one.available) for one in grants()], [Decimal("2.5"), 5, 0])
        self.assertEqual([Decimal(one.available) for one in grants(purpose="paid")], [5])
        self.assertEqual(
            [one.expires_at for one in grants(expired_from=later(days=2), expired_to=later(days=60))], [late]
        )
        self.assertEqual(grants(effective_from=later(days=1)), [])
        self.assertEqual(len(grants(effective_to=later(days=1), exclude_expired=True)), 3)
        paged = self.wallets.get_credit_grants(customer.id, "default:USD", limit=1, offset=1)
        self.assertEqual((paged.total_count, len(paged.items_property)), (3, 1))

    @operation("POST /customers/{id}/wallet/adjustments")
    def test_post_adjustments(self):
        """Credit and debit, exact also where the client writes 1e-05; the same id has one effect, and 422 with
        another amount.
        """
        customer = self.customer()
        body = models.CreateAdjustmentRequest(
            transaction_id=unique("transaction"), asset="USD", amount=Decimal("0.00001"), reason="gift"
        )
        made = self.wallets.create_adjustment(customer.id, body)
        self.assertIn("1e-05", self.recorder.exchanges[-1].sent)
        self.assertEqual(made.id, body.transaction_id)
        self.assert_now(made.created_at)
        self.assertEqual(self.available(customer.id), Decimal("0.00001"))
        again = self.wallets.create_adjustment(customer.id, {**body, "amount": "0.00001"})
        self.assertEqual((again.id, again.created_at), (made.id, made.created_at))
        with self.assert_refused(422, HttpResponseError, "operation_id_reused"):
            self.wallets.create_adjustment(customer.id, {**body, "amount": "2"})
        self.adjust(customer.id, Decimal(20))
        self.adjust(customer.id, "-30.5", reason="external_refund")
        self.assertEqual(self.available(customer.id), Decimal("-10.49999"))

    @operation("POST /customers/{id}/wallet/charges")
    def test_post_charges(self):
        """Takes exactly the amount, also below zero, once for an id; the answer is an empty model."""
        customer = self.customer(credit="1")
        body = models.CreateChargeRequest(
            transaction_id=unique("charge"),
            asset="USD",
            amount=Decimal("1.25"),
            subject="render 7",
            description="A large render",
            input_units="5",
            unit_price="0.25",
        )
        for _ in range(2):
            self.assertIsInstance(self.wallets.create_charge(customer.id, body), models.CreateChargeResponse)
            self.assertEqual(self.available(customer.id), Decimal("-0.25"))
        with self.assert_refused(422, HttpResponseError, "operation_id_reused"):
            self.wallets.create_charge(customer.id, {**body, "asset": "EUR"})

    @operation("GET /customers/{id}/wallet/transactions/{id}")
    def test_get_transaction(self):
        """An adjustment and a charge as they were posted, by the caller's own id."""
        customer = self.customer()
        made = self.adjust(customer.id, "20.5", description="Welcome", metadata={"ticket": "7"})
        shown = self.wallets.get_transaction(customer.id, made.id)
        self.assertEqual((shown.id, shown.type), (made.id, models.TransactionType.ADJUSTMENT))
        self.assertEqual((shown.account_id, shown.asset), ("default:USD", "USD"))
        self.assert_amount(shown.amount, "20.5")
        self.assertEqual((shown.description, shown.metadata), ("Welcome", {"ticket": "7"}))
        self.assertEqual(shown.created_at, made.created_at)
        self.assertEqual(shown.executed_at.astimezone(timezone.utc), made.created_at.astimezone(timezone.utc))
        charge = models.CreateChargeRequest(transaction_id=unique("charge/ü"), asset="USD", amount="0.75")
        self.wallets.create_charge(customer.id, charge)
        shown = self.wallets.get_transaction(customer.id, charge.transaction_id)
        self.assertEqual((shown.id, shown.type), (charge.transaction_id, models.TransactionType.FEE))
        self.assert_amount(abs(Decimal(shown.amount)), "0.75")
        with self.assert_refused(404, ResourceNotFoundError):
            self.wallets.get_transaction(customer.id, "nowhere")
