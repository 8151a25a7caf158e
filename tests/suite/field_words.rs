//! What each field of a request means, for the description of the API: its unit and what happens without it.
//! A name that begins with `/` is of the body itself, by the last word of its path.
//! What may stand in it is not said here, because the API says that itself: see [`probed`](crate::probed).

/// By name, or by the name of what it stands in and its own.
pub const WORDS: &[(&str, &str)] = &[
    (
        "accounting",
        "What your accounts count this credit as; kept and shown.",
    ),
    ("accounting.cost_basis", "Credyt's field; one word."),
    (
        "account_name",
        "An account beside the asset's default one; `default` unless said.",
    ),
    (
        "action",
        "`mend` makes it agree with Stripe, `settle` says that it was settled elsewhere; `mend` unless said.",
    ),
    ("/adjustments.amount", "Credit above zero, a debit below."),
    (
        "allow_promotion_codes",
        "The payer may enter promotion codes of Stripe's; false unless said.",
    ),
    (
        "allowed_origins",
        "The pages that may use it; any, unless said.",
    ),
    ("amount", "How much."),
    (
        "anchor",
        "Where the windows begin: a time, or the id of a subscription whose periods they are.",
    ),
    (
        "api_version",
        "The version of Stripe's API that the endpoint's events are written in.",
    ),
    ("asset", "The code of an asset, such as USD."),
    (
        "automatic_tax",
        "Stripe adds tax to what is paid; false unless said.",
    ),
    ("basis", "Whether tiers add up the volume or the events."),
    (
        "billable_dimensions",
        "The fields of `data` by which a row of `values` is found.",
    ),
    ("billing_model", "When it is collected."),
    (
        "billing_model.type",
        "`real_time` for usage, `recurring` or `one_time` for a fixed price.",
    ),
    ("bonus", "How much more is credited, in the asset."),
    (
        "bonuses",
        "What comes on top of a free amount; only the highest step counts.",
    ),
    ("budgets", "Limits of spending."),
    (
        "cancel_at_period_end",
        "True ends it with what is paid for; false takes that back.",
    ),
    ("card", "A card of the test side, by how it behaves."),
    ("category", "By which the stats of a vendor are grouped."),
    (
        "code",
        "A code of your own, by which it is named from then on.",
    ),
    ("/codes.amount", "What one redemption gives."),
    (
        "collect",
        "Who asks for the fixed prices: the wallet, unless said, or Stripe.",
    ),
    ("collection", "How it is paid."),
    ("collection.type", "One word: from the balance."),
    (
        "connect",
        "It hears of the accounts below, too; false unless said.",
    ),
    (
        "connected_account",
        "The account at Stripe that the payments are for.",
    ),
    (
        "connected_accounts",
        "The accounts at Stripe whose events may credit; only your own unless said.",
    ),
    (
        "continues",
        "The id of the earlier price whose positions it goes on with, or `none`.",
    ),
    ("cooldown", "Seconds between two charges."),
    ("costs", "What it cost you; never shown to the customer."),
    (
        "costs.amount",
        "With more than 12 decimal places it is rounded to 12, half to even.",
    ),
    ("count", "How many codes; 1 unless said."),
    (
        "credit_expires_at",
        "From when on the credit cannot be used; never unless said.",
    ),
    (
        "credit_expires_days",
        "For how many days the credit can be used.",
    ),
    ("currency", "Such as USD."),
    (
        "customer_external_id",
        "Your own name of the customer, in place of `customer_id`.",
    ),
    ("customer_id", "The customer; or `customer_external_id`."),
    (
        "daily_limit",
        "The most that is charged in a day, in the currency.",
    ),
    (
        "data",
        "Whatever there is to say, by name; a field that a price multiplies has to be a number.",
    ),
    ("default", "It is charged where nothing else is said."),
    ("description", "In words."),
    (
        "destination",
        "What is filled, where that is another asset than the currency.",
    ),
    (
        "dimensions",
        "What the fields of `data` have to be; `*` or nothing is anything.",
    ),
    ("duration", "How long a period of the credit is."),
    ("duration_count", "How many of `duration`; 1 unless said."),
    (
        "each",
        "Counted for each value of it by itself: `subject`, `event_type`, or `data.` and a field's name.",
    ),
    (
        "effective_at",
        "From when on it can be used; at once unless said.",
    ),
    ("email", "The customer's address."),
    ("enabled", "Whether it is on; true unless said."),
    ("entitlements", "Credit that comes with the product."),
    ("entry", "The `seq` of the entry."),
    ("event", "What happens to the card."),
    ("event_id", "The id of the event."),
    ("event_type", "What happened, as your prices call it."),
    ("event_types", "The types of usage that it pays for."),
    ("events", "Usage, event by event."),
    ("exchange_at", "At which moment; now unless said."),
    (
        "exchange_rate",
        "What one unit of the asset costs, in place of its own rate.",
    ),
    ("expires_at", "From when on it is over; never unless said."),
    (
        "expires_in",
        "Seconds from now until the hold ends by itself; 300 unless said.",
    ),
    ("external_accounts", "The customer at other services."),
    (
        "external_id",
        "Your own id, which stands for ours everywhere.",
    ),
    (
        "failure_url",
        "Where the customer comes back to without having paid.",
    ),
    ("features", "What the product allows."),
    ("fee_id", "The id of a fee of the entry."),
    (
        "final",
        "Whether it is the last one, which releases the rest; true unless said.",
    ),
    ("flat_amount", "Asked once for entering the tier."),
    ("free", "What costs nothing in each period."),
    ("free.events", "So many events."),
    ("free.units", "So much of the volume."),
    (
        "free_amounts",
        "The bounds of what may be paid without a pack, by currency.",
    ),
    (
        "freeze_on_dispute",
        "A dispute freezes the wallet that it takes from.",
    ),
    (
        "freeze_on_fraud_warning",
        "An early fraud warning freezes the wallet.",
    ),
    ("from", "From this amount on."),
    ("frozen", "Whether the wallet authorizes nothing."),
    (
        "grace_days",
        "For how long an unpaid fee is awaited; 3 unless said.",
    ),
    ("grant_id", "The only grant that a debit takes from."),
    ("hold_id", "The id of the hold that was captured."),
    (
        "id",
        "Yours, by which the same call is known when it is sent again; or the header Idempotency-Key.",
    ),
    ("input_units", "Kept and shown."),
    ("input_volume", "Kept and shown."),
    ("interval", "The unit of the calendar."),
    ("interval_count", "How many of `interval`; 1 unless said."),
    (
        "inverse_rate",
        "How many units one of the source buys, in place of `rate`.",
    ),
    ("label", "How the unit is called."),
    (
        "late_events_days",
        "For how many days a late event is recorded.",
    ),
    (
        "lifecycle",
        "For how long the credit is good, and what follows it.",
    ),
    ("limit", "At most so much."),
    (
        "link",
        "A page of yours: the reply has a link to it, with the token in its fragment.",
    ),
    ("link_token", "What the link had in its fragment."),
    (
        "make_default",
        "Subscriptions that name no version get this one.",
    ),
    ("markup", "Per cent on top of the costs."),
    ("match", "What it counts; everything unless said."),
    ("max", "At most so much."),
    ("max_amount", "The most that one event costs."),
    ("max_per_period", "The most that a period costs."),
    (
        "max_redemptions",
        "How many customers may redeem each; 1 unless said.",
    ),
    ("metadata", "Strings of your own, by name."),
    (
        "/codes.expires_at",
        "Until when it can be redeemed; for ever unless said.",
    ),
    ("costs.id", "Yours; each once in an event."),
    ("events.id", "Yours, by which the event is recorded once."),
    ("match.data", "What fields of `data` have to be."),
    (
        "/mend.id",
        "The PaymentIntent or the refund, as Stripe calls it.",
    ),
    ("/preview.code", "As it was typed: 16 letters and digits."),
    ("products.code", "The product's code; or `id`."),
    ("products.id", "The product's id; or `code`."),
    ("/redeem.code", "As it was typed: 16 letters and digits."),
    ("costs.metadata", "Whatever there is to say, by name."),
    ("min", "At least so much."),
    ("min_amount", "The least that one event costs."),
    ("min_per_period", "The least that a period costs."),
    ("mode", "The side; that of the key that asks, unless said."),
    ("model", "The model, as its vendor calls it."),
    (
        "monthly_limit",
        "The most that is charged in a month, in the currency.",
    ),
    ("name", "For people."),
    ("note", "What was done about it."),
    (
        "occurred_at",
        "When it happened; the moment of the call unless said.",
    ),
    (
        "on_exceeded",
        "Whether it refuses or only tells; `deny` unless said.",
    ),
    (
        "on_insufficient",
        "Whether it is refused, or as much is held as there is; `deny` unless said.",
    ),
    (
        "overlap_seconds",
        "For how long the one of before is good as well.",
    ),
    (
        "pack",
        "The code of a pack, which says amount, currency and destination.",
    ),
    (
        "package_size",
        "How much of the volume `volume_rate` is for; 1 unless said.",
    ),
    ("costs.package_size", "Kept and shown."),
    ("packs", "What is offered, each at its price."),
    (
        "payment",
        "How it is paid: at a link, unless said, or over HTTP 402.",
    ),
    (
        "payment_id",
        "The payment, by the processor's id, the top-up's or the transaction's.",
    ),
    (
        "payment_method",
        "Which one is charged; the default one unless said.",
    ),
    (
        "percentage",
        "Per cent of the volume, which is an amount of money.",
    ),
    ("period", "The period of the calendar, in UTC."),
    ("precision", "How many decimal places it has."),
    ("preview", "Only says what it would do; nothing is changed."),
    ("prices", "What it costs."),
    (
        "pricing",
        "The price in each asset; the first one that covers a fee is charged.",
    ),
    (
        "pricing_model",
        "How the rates are used; `flat` unless said.",
    ),
    ("priority", "What is spent first: the lower one."),
    ("processor", "What you call who takes the payments."),
    ("product", "The code or the id of a product."),
    ("products", "By their codes or ids."),
    (
        "prorate",
        "The rest of the period is settled at once; true unless said.",
    ),
    ("provider", "Who sells it, such as openai."),
    ("external_accounts.provider", "Which service."),
    ("provider_id", "The customer's id there."),
    (
        "publish",
        "Whether it can be subscribed to from now on; what is published never changes.",
    ),
    ("purpose", "What the credit is."),
    ("quantity", "How many of them; 1 unless said."),
    (
        "rate",
        "What one unit of the asset costs in the source; or `inverse_rate`.",
    ),
    ("rates", "What is paid for it."),
    (
        "raw",
        "The usage object as the vendor sent it, the reply that has it, or the list of a stream's.",
    ),
    ("reason", "Why; kept and shown."),
    ("recurring", "How often."),
    ("redirect_to", "Credyt's field; read and not used."),
    (
        "refresh",
        "What becomes of the rest when the next credit comes; without it, credit is granted once.",
    ),
    (
        "refund_id",
        "Yours, by which the same refund is known when it is sent again; or the header Idempotency-Key.",
    ),
    (
        "renews_at",
        "When the term ends of a subscription without a recurring price.",
    ),
    (
        "resolved_before",
        "What was resolved before then is forgotten.",
    ),
    (
        "restricted_to",
        "What the credit may be spent on; anything unless said.",
    ),
    ("return_url", "Where the customer comes back to."),
    ("revenue_basis", "Kept and shown."),
    (
        "rounding",
        "How the volume is rounded to whole units before it is priced.",
    ),
    ("rounding.mode", "In which direction."),
    ("rounding.unit", "The unit; 1 unless said."),
    (
        "save_payment_method",
        "The card is kept for later charges; true unless said.",
    ),
    ("scopes", "What it may do."),
    ("secret", "The signing secret."),
    (
        "secret_key",
        "A secret or restricted key of Stripe, of the same side.",
    ),
    ("source", "The asset that is paid with."),
    ("spend_cap", "The most that it may hold and spend."),
    ("starts_at", "When it begins; at once unless said."),
    (
        "status",
        "`active` starts it again, `inactive` ends it at once.",
    ),
    ("strategy", "Whether the rest expires or goes on."),
    (
        "stripe_subscription_id",
        "A subscription that Stripe has already, which goes on there.",
    ),
    (
        "subject",
        "The piece of work, the agent or the user that it is for.",
    ),
    ("subscriptions", "What the customer has from the start."),
    ("symbol", "Put before an amount."),
    ("target", "Filled up to this, in place of `amount`."),
    (
        "threshold",
        "It is filled when less than this is available.",
    ),
    ("thresholds", "At which per cent of the limit it is told."),
    ("tiering", "How tiers count."),
    ("timing", "One word: in advance."),
    ("topics", "What it hears of; everything unless said."),
    (
        "transaction_id",
        "Yours, by which the same call is known when it is sent again; or the header Idempotency-Key.",
    ),
    (
        "trial_days",
        "For how many days nothing is asked; 0 unless said.",
    ),
    ("ttl_seconds", "For how many seconds it is good."),
    ("type", "`usage_based`, unless said, or `fixed`."),
    ("unit_aggregation", "Credyt's field; one word."),
    ("unit_price", "For each event."),
    ("costs.unit_price", "Kept and shown."),
    ("/charges.unit_price", "Kept and shown."),
    ("/charges.volume_rate", "Kept and shown."),
    ("/charges.package_size", "Kept and shown."),
    ("units", "Kept and shown."),
    ("unpriced", "What becomes of usage that no price knows."),
    ("up_to", "The tier's bound, which belongs to it."),
    ("url", "Where it is sent."),
    (
        "usage",
        "Usage as a model's vendor told it, in place of `data`.",
    ),
    ("usage_calculation", "What is counted."),
    (
        "usage_type",
        "Whether each event counts, a field of its `data`, or both.",
    ),
    ("valid_from", "From when on it holds; now unless said."),
    ("valid_to", "Until when it holds; for ever unless said."),
    ("values", "The rates, or with dimensions the rows of them."),
    ("/sessions.customer_id", "The customer."),
    ("/top-ups.customer_id", "The customer."),
    ("/reversals.transaction_id", "The id of the charge."),
    (
        "/extend.expires_in",
        "Seconds from now until the hold ends by itself.",
    ),
    (
        "vendor_external_id",
        "Your own id of the vendor, in place of `vendor_id`.",
    ),
    ("vendor_id", "Who is paid; or `vendor_external_id`."),
    ("version", "Which version; the default one unless said."),
    ("volume_aggregation", "Credyt's field; one word."),
    ("volume_field", "The field of `data` that is multiplied."),
    (
        "volume_rate",
        "For so much of the volume as `package_size` says.",
    ),
    ("costs.volume_rate", "Kept and shown."),
    (
        "accent",
        "Of buttons, links and bars; the portal's own unless said.",
    ),
    (
        "accent_contrast",
        "Of the text on the accent; white or black unless said.",
    ),
    ("surface", "Of cards."),
    ("text", "Of text on cards."),
    ("light", "Colours on light screens."),
    ("dark", "Colours on dark screens."),
    ("logo_url", "An https address of a picture."),
    ("links", "Where the links of the portal lead."),
    ("support_url", "Where a customer finds help."),
    ("terms_url", "Your terms."),
    ("privacy_url", "What you say of privacy."),
    ("home_url", "The way back to your app."),
    ("labels", "What people call what the API has codes for."),
    ("labels.assets", "By the code of the asset."),
    ("labels.events", "By event type."),
    ("labels.models", "By the name of the model."),
    ("labels.features", "By the code of the feature."),
    ("labels.agents", "By the `subject` of events."),
    ("window", "Over which time it counts."),
    ("window_seconds", "How long a rolling window is."),
];

/// The words for a field, by what it stands in.
pub fn words(parent: &str, name: &str) -> Option<&'static str> {
    let find = |key: &str| {
        WORDS
            .iter()
            .find(|(of, _)| *of == key)
            .map(|(_, words)| *words)
    };
    find(&format!("{parent}.{name}")).or_else(|| find(name))
}
