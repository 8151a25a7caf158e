//! Subscriptions at the Stripe in memory: the page where one is paid first, its items, its invoices.

use std::collections::BTreeMap;

use scrip::worker::edge::world::Said;
use serde_json::{Value, json};

use crate::stripe_double::{StripeDouble, refused, said};

const SUBSCRIPTIONS: &str = "/v1/subscriptions/";

impl StripeDouble {
    pub fn told_plan(&self, path: &str) -> Option<Said> {
        let id = path.strip_prefix(SUBSCRIPTIONS)?;
        Some(match self.plans.get(id) {
            Some(plan) => said(200, plan),
            None => refused(404, "resource_missing", "No such subscription."),
        })
    }

    /// What has paid an invoice, or which invoice a payment has paid.
    pub fn told_of_invoices(&self, query: &BTreeMap<String, String>) -> Said {
        assert_eq!(query["expand[0]"], "data.invoice");
        let of = |invoice: &Value| format!("pi_{}", invoice["id"].as_str().expect("an id"));
        let asked = |name: &str| query.get(name).cloned();
        let (invoice, payment) = (asked("invoice"), asked("payment[payment_intent]"));
        assert!(
            payment.is_none() || query["payment[type]"] == "payment_intent",
            "Stripe wants to know what kind of payment it is"
        );
        let fits = |one: &&Value| {
            let named = invoice.as_deref().is_none_or(|id| one["id"] == id);
            let paid = payment.as_deref().is_none_or(|id| of(one) == id);
            one["status"] == "paid" && named && paid
        };
        let row = |one: &Value| {
            json!({"id": format!("inpay_{}", one["id"]), "object": "invoice_payment", "status": "paid",
                "payment": {"type": "payment_intent", "payment_intent": of(one)}, "invoice": one})
        };
        let data: Vec<Value> = self.invoices.iter().filter(fits).map(row).collect();
        said(
            200,
            &json!({"object": "list", "data": data, "has_more": false}),
        )
    }

    pub fn ended_plan(&mut self, path: &str) -> Said {
        let id = path.strip_prefix(SUBSCRIPTIONS).expect("a subscription");
        match self.plans.get_mut(id) {
            Some(plan) if plan["status"] != "canceled" => {
                plan["status"] = "canceled".into();
                said(200, plan)
            }
            _ => refused(404, "resource_missing", "No such subscription."),
        }
    }

    pub fn plan_done(&mut self, path: &str, form: &BTreeMap<String, String>) -> Option<Said> {
        if path == "/v1/prices" {
            let id = format!("price_{}", form["unit_amount"]);
            return Some(said(200, &json!({"id": id, "object": "price"})));
        }
        if path == "/v1/checkout/sessions" && form["mode"] == "subscription" {
            return Some(said(200, &self.plan_page(form)));
        }
        let id = path.strip_prefix(SUBSCRIPTIONS)?;
        let declines = self.declines && form.contains_key("payment_behavior");
        let plan = self.plans.get_mut(id)?;
        if declines {
            return Some(refused(402, "card_declined", "Your card was declined."));
        }
        if let Some(ends) = form.get("cancel_at_period_end") {
            plan["cancel_at_period_end"] = (ends == "true").into();
        }
        if let Some(price) = form.get("items[0][price]") {
            plan["items"]["data"][0]["price"]["id"] = price.as_str().into();
        }
        Some(said(200, plan))
    }

    fn plan_page(&mut self, form: &BTreeMap<String, String>) -> Value {
        let id = format!("cs_{}", self.sessions.len() + 1);
        let page = json!({"id": id, "object": "checkout.session", "mode": "subscription", "status": "open",
            "livemode": false, "payment_status": "unpaid", "url": format!("https://checkout.stripe.example/{id}"),
            "subscription": null, "success_url": form["success_url"],
            "amount": form["line_items[0][price_data][unit_amount]"].parse::<i64>().expect("cents"),
            "interval": form["line_items[0][price_data][recurring][interval]"],
            "named": form["subscription_data[metadata][scrip_subscription_id]"]});
        self.sessions.insert(id, page.clone());
        page
    }

    // What payers and time do.

    /// Somebody pays on the first page: the subscription that Stripe makes of it, `sub_A` and so on.
    pub fn pay_plan(&mut self, session: &str, period: (i64, i64)) -> Value {
        let number = u8::try_from(self.plans.len()).expect("few");
        let id = format!("sub_{}", char::from(b'A' + number));
        let page = self.sessions.get_mut(session).expect("a page");
        page["status"] = "complete".into();
        page["subscription"] = id.clone().into();
        let plan = json!({"id": id, "object": "subscription", "status": "active", "livemode": false,
            "cancel_at_period_end": false, "metadata": {"scrip_subscription_id": page["named"]},
            "items": {"data": [{"id": "si_1", "current_period_start": period.0, "current_period_end": period.1,
                "price": {"id": "price_1", "currency": "usd", "unit_amount": page["amount"],
                    "recurring": {"interval": page["interval"], "interval_count": 1}}}]},
            "latest_invoice": null});
        self.plans.insert(id.clone(), plan);
        self.bill(&id, "paid", Some(period))
    }

    /// The next invoice of a subscription, `in_1` and so on; without a period it settles a difference.
    pub fn bill(&mut self, subscription: &str, status: &str, period: Option<(i64, i64)>) -> Value {
        let id = format!("in_{}", self.invoices.len() + 1);
        let plan = self.plans.get_mut(subscription).expect("a subscription");
        let amount = plan["items"]["data"][0]["price"]["unit_amount"].clone();
        let paid = if status == "paid" { amount } else { 0.into() };
        let (starts, ends) = period.unwrap_or((0, 1));
        let line = json!({"object": "line_item", "period": {"start": starts, "end": ends},
            "parent": {"type": "subscription_item_details",
                "subscription_item_details": {"proration": period.is_none(), "subscription": subscription}}});
        let invoice = json!({"id": id, "object": "invoice", "livemode": false, "status": status, "currency": "usd",
            "amount_paid": paid, "total_taxes": [], "billing_reason": "subscription_cycle",
            "hosted_invoice_url": format!("https://invoice.stripe.example/{id}"),
            "parent": {"type": "subscription_details", "subscription_details":
                {"subscription": subscription, "metadata": plan["metadata"]}},
            "lines": {"data": [line]}});
        plan["latest_invoice"] = invoice.clone();
        self.invoices.push(invoice.clone());
        invoice
    }
}
