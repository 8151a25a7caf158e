//! What is an amount, and what is not.

use scrip::engine::amount::total;
use scrip::engine::asset::is_code;
use scrip::engine::{AccountId, Amount, AmountError, Asset, Quantity, Rate};

use AmountError::{NotANumber, TooLarge, TooManyPlaces};

/// What a reader makes of a text: the amount as it is printed, or why there is none.
type Read = Result<&'static str, AmountError>;

/// A text, what it is as a decimal string, and what as the digits of a JSON number.
const TEXTS: [(&str, Read, Read); 44] = [
    ("0", Ok("0"), Ok("0")),
    ("12.50", Ok("12.5"), Ok("12.5")),
    ("-3", Ok("-3"), Ok("-3")),
    ("-0", Ok("0"), Ok("0")),
    ("-0.000", Ok("0"), Ok("0")),
    ("0.000000000001", Ok("0.000000000001"), Ok("0.000000000001")),
    ("0.0000000000001", Err(TooManyPlaces), Err(TooManyPlaces)),
    // Zeros past the twelfth place say nothing, so they do no harm.
    ("1.0000000000000", Ok("1"), Ok("1")),
    (
        "999999999999999.999999999999",
        Ok("999999999999999.999999999999"),
        Ok("999999999999999.999999999999"),
    ),
    (
        "-999999999999999.999999999999",
        Ok("-999999999999999.999999999999"),
        Ok("-999999999999999.999999999999"),
    ),
    ("1000000000000000", Err(TooLarge), Err(TooLarge)),
    ("-1000000000000000", Err(TooLarge), Err(TooLarge)),
    (
        "1234567890123456.7890123456789",
        Err(TooManyPlaces),
        Err(TooManyPlaces),
    ),
    // An exponent is for the numbers of clients that write floats, and not for strings.
    ("1e-05", Err(NotANumber), Ok("0.00001")),
    ("1E3", Err(NotANumber), Ok("1000")),
    ("1e+3", Err(NotANumber), Ok("1000")),
    ("1.5e1", Err(NotANumber), Ok("15")),
    ("0e999", Err(NotANumber), Ok("0")),
    ("1e14", Err(NotANumber), Ok("100000000000000")),
    ("1e15", Err(NotANumber), Err(TooLarge)),
    ("1e999", Err(NotANumber), Err(TooLarge)),
    ("1e-12", Err(NotANumber), Ok("0.000000000001")),
    ("1e-13", Err(NotANumber), Err(TooManyPlaces)),
    ("10e-13", Err(NotANumber), Ok("0.000000000001")),
    ("1e-999", Err(NotANumber), Err(TooManyPlaces)),
    ("1e1000", Err(NotANumber), Err(NotANumber)),
    ("1e", Err(NotANumber), Err(NotANumber)),
    ("1e+", Err(NotANumber), Err(NotANumber)),
    ("1e1.5", Err(NotANumber), Err(NotANumber)),
    ("e5", Err(NotANumber), Err(NotANumber)),
    ("", Err(NotANumber), Err(NotANumber)),
    ("-", Err(NotANumber), Err(NotANumber)),
    ("--1", Err(NotANumber), Err(NotANumber)),
    ("+1", Err(NotANumber), Err(NotANumber)),
    (".5", Err(NotANumber), Err(NotANumber)),
    ("5.", Err(NotANumber), Err(NotANumber)),
    ("1.2.3", Err(NotANumber), Err(NotANumber)),
    ("007", Err(NotANumber), Err(NotANumber)),
    ("1_000", Err(NotANumber), Err(NotANumber)),
    ("1,000", Err(NotANumber), Err(NotANumber)),
    (" 1", Err(NotANumber), Err(NotANumber)),
    ("1\n", Err(NotANumber), Err(NotANumber)),
    ("NaN", Err(NotANumber), Err(NotANumber)),
    ("\u{661}", Err(NotANumber), Err(NotANumber)),
];

#[test]
fn every_text_is_read_as_the_table_says() {
    for (text, string, number) in TEXTS {
        let written = |amount: Amount| amount.to_string();
        let wanted = |told: Result<&str, AmountError>| told.map(str::to_owned);
        assert_eq!(
            Amount::parse(text).map(written),
            wanted(string),
            "string {text:?}"
        );
        let read = Amount::parse_json_number(text).map(written);
        assert_eq!(read, wanted(number), "number {text:?}");
    }
}

#[test]
fn an_endless_number_is_not_read() {
    for text in [
        "1".repeat(65),
        format!("0.{}", "0".repeat(63)),
        "9".repeat(100_000),
    ] {
        assert_eq!(Amount::parse_json_number(&text), Err(NotANumber));
    }
}

#[test]
fn a_sum_past_the_bound_is_an_error_and_never_a_wrong_sum() {
    let amount = |text: &str| Amount::parse(text).expect("an amount");
    let most = amount("999999999999999.999999999999");
    let step = amount("0.000000000001");
    assert_eq!(most.plus(step), Err(TooLarge));
    assert_eq!(most.negated().minus(step), Err(TooLarge));
    assert_eq!(most.plus(most), Err(TooLarge));
    assert_eq!(most.minus(most), Ok(Amount::ZERO));
    assert_eq!(total([most, step, step.negated()]), Err(TooLarge));
    assert_eq!(total([most, step.negated(), step]), Ok(most));
    assert_eq!(total([]), Ok(Amount::ZERO));
}

#[test]
fn a_difference_of_zero_has_no_sign() {
    let amount = |text: &str| Amount::parse(text).expect("an amount");
    for zero in [
        amount("-1.5").plus(amount("1.5")),
        amount("1.5").minus(amount("1.50")),
        Ok(Amount::ZERO.negated()),
        Ok(amount("-0.0").negated()),
    ] {
        let zero = zero.expect("in range");
        assert_eq!(zero.to_string(), "0");
        assert!(zero.is_zero() && !zero.is_negative() && !zero.is_positive());
    }
}

#[test]
fn an_amount_is_a_string_in_json() {
    let amount: Amount = serde_json::from_str("\"0.0419\"").expect("a decimal string");
    assert_eq!(serde_json::to_string(&amount).expect("text"), "\"0.0419\"");
    for wrong in ["0.0419", "\"1e3\"", "null", "\"\"", "true"] {
        assert!(serde_json::from_str::<Amount>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_quantity_is_not_negative_and_a_rate_does_not_divide_by_zero() {
    let amount = |text: &str| Amount::parse(text).expect("an amount");
    let quantity = |text: &str| Quantity::new(amount(text));
    assert!(quantity("-0.000000000001").is_none());
    let (none, one) = (Quantity::ZERO, quantity("1").expect("not negative"));
    assert!(Rate::new(amount("1"), none).is_none());
    assert!(Rate::new(amount("-1"), one).is_none());
    assert!(Rate::new(amount("0"), one).is_some());
    for wrong in [
        r#"{"amount":"1","per":"0"}"#,
        r#"{"amount":"-1","per":"1"}"#,
        r#"{"amount":"1","per":"-1"}"#,
    ] {
        assert!(serde_json::from_str::<Rate>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_asset_has_a_plain_code_and_at_most_12_places() {
    for code in ["USD", "gpu-hours", "A_1", &"x".repeat(32)] {
        assert!(Asset::new(code, 12).is_ok(), "{code}");
    }
    for code in ["", "U D", "US:D", "\u{20ac}", &"x".repeat(33)] {
        assert!(Asset::new(code, 2).is_err() && !is_code(code), "{code}");
    }
    assert!(Asset::new("USD", 13).is_err());
}

#[test]
fn an_account_is_written_as_name_and_asset() {
    let account = AccountId::default_for("USD");
    assert_eq!(account.to_string(), "default:USD");
    assert_eq!(AccountId::parse("default:USD"), Some(account));
    for wrong in ["USD", ":USD", "default:", "a:b:c", "", "a b:USD"] {
        assert_eq!(AccountId::parse(wrong), None, "{wrong}");
    }
}
