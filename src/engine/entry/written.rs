//! Facts that carry another enum's fields among their own: what can be there, and what it then is.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{Amount, CreditSource, DebitCause, GrantId, Maths, Metadata};

#[derive(Deserialize)]
struct Credited {
    grant: GrantId,
    amount: Amount,
    repaid: Amount,
    source: String,
    reason: Option<String>,
    payment: Option<String>,
    event: Option<String>,
    tax_known: Option<bool>,
    description: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

type CreditedFields = (
    GrantId,
    Amount,
    Amount,
    CreditSource,
    Option<String>,
    Metadata,
);

/// The fields of [`super::Fact::Credited`].
pub fn credited<'de, D: Deserializer<'de>>(from: D) -> Result<CreditedFields, D::Error> {
    let it = Credited::deserialize(from)?;
    let source = match (
        it.source.as_str(),
        it.reason,
        it.payment,
        it.event,
        it.tax_known,
    ) {
        ("adjustment", Some(reason), ..) => CreditSource::Adjustment { reason },
        ("payment", _, Some(payment), Some(event), Some(tax_known)) => CreditSource::Payment {
            payment,
            event,
            tax_known,
        },
        _ => return Err(Error::custom("credit without a source")),
    };
    Ok((
        it.grant,
        it.amount,
        it.repaid,
        source,
        it.description,
        it.metadata,
    ))
}

#[derive(Deserialize)]
struct Debited {
    amount: Amount,
    cause: String,
    reason: Option<String>,
    subject: Option<String>,
    description: Option<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    maths: Maths,
}

type DebitedFields = (
    Amount,
    DebitCause,
    Option<String>,
    Option<String>,
    Metadata,
    Maths,
);

/// The fields of [`super::Fact::Debited`].
pub fn debited<'de, D: Deserializer<'de>>(from: D) -> Result<DebitedFields, D::Error> {
    let it = Debited::deserialize(from)?;
    let cause = match (it.cause.as_str(), it.reason) {
        ("charge", _) => DebitCause::Charge,
        ("adjustment", Some(reason)) => DebitCause::Adjustment { reason },
        _ => return Err(Error::custom("a debit without a cause")),
    };
    Ok((
        it.amount,
        cause,
        it.subject,
        it.description,
        it.metadata,
        it.maths,
    ))
}
