//! Which payment an invoice was paid by. Since 2025-03-31 neither names the other, and a list of its own has both.

use super::form::Form;
use super::request::ApiRequest;

/// What has paid an invoice is few payments; one, unless somebody pays in parts.
const LIMIT: usize = 10;

/// What a payment has paid, with the invoices themselves.
#[must_use]
pub fn paid_by(payment: &str) -> ApiRequest {
    let query = Form::new()
        .set("payment[type]", "payment_intent")
        .set("payment[payment_intent]", payment);
    listed(query)
}

/// What has paid an invoice, with the invoice itself.
#[must_use]
pub fn payments_of(invoice: &str) -> ApiRequest {
    listed(Form::new().set("invoice", invoice))
}

fn listed(query: Form) -> ApiRequest {
    let query = query
        .set("status", "paid")
        .set("limit", LIMIT)
        .set("expand[0]", "data.invoice");
    ApiRequest::get("/v1/invoice_payments", &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_by_either_of_both_names() {
        let end = "&status=paid&limit=10&expand%5B0%5D=data.invoice";
        assert_eq!(
            paid_by("pi_1").path,
            format!(
                "/v1/invoice_payments?payment%5Btype%5D=payment_intent&payment%5Bpayment_intent%5D=pi_1{end}"
            )
        );
        assert_eq!(
            payments_of("in_1").path,
            format!("/v1/invoice_payments?invoice=in_1{end}")
        );
    }
}
