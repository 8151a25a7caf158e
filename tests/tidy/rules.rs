//! The rules, as tables. Each ban says why, what to do instead, and carries a snippet that breaks it.

/// What of a file a rule looks at. Comments may speak of what code must not do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    /// Without comments, without what is in strings, and without the tests at the end of a file.
    Code,
    /// Without comments and tests, but with strings.
    Strings,
    /// Every character.
    Text,
}

pub struct Rule {
    /// Folders and files that the rule is about.
    pub paths: &'static [&'static str],
    /// Those among them that are excused.
    pub except: &'static [&'static str],
    pub view: View,
    /// Words that may not stand there. They are whole words where they begin or end like one.
    pub forbidden: &'static [&'static str],
    /// Why, and what to do instead.
    pub because: &'static str,
    /// Code that breaks the rule.
    pub bad: &'static str,
}

pub const PURE: &[&str] = &["src/engine/", "src/journal/", "src/stripe/", "src/wire/"];

/// How the tests of the runtime wait; the one file that may look at the clock for it.
pub const PATIENCE: &str = "tests/e2e/support/patience.ts";

/// What makes a test of the runtime depend on the speed of the machine.
pub const IMPATIENT: &[&str] = &[
    "deadline",
    "performance.now",
    "Date.now() <",
    "Date.now() >",
    "Math.abs(Date",
];

/// The files that hold SQL, beside the folders `sql` with the longer statements.
pub const STATEMENTS: &[&str] = &[
    "src/worker/accounts/statements.rs",
    "src/worker/assets/statements.rs",
    "src/worker/codes/statements.rs",
    "src/worker/customers/statements.rs",
    "src/worker/edge/statements.rs",
    "src/worker/events/statements.rs",
    "src/worker/inbound/statements.rs",
    "src/worker/keys/statements.rs",
    "src/worker/payment_methods/statements.rs",
    "src/worker/payments/statements.rs",
    "src/worker/portal/statements.rs",
    "src/worker/processors/statements.rs",
    "src/worker/products/statements.rs",
    "src/worker/recharge/statements.rs",
    "src/worker/stats/statements.rs",
    "src/worker/subscriptions/statements.rs",
    "src/worker/tokens/statements.rs",
    "src/worker/top_ups/statements.rs",
    "src/worker/vendors/statements.rs",
    "src/worker/wallet_object/sql_journal.rs",
    "src/worker/wallet_object/statements.rs",
    "src/worker/webhooks/statements.rs",
];

pub const RULES: &[Rule] = &[
    Rule {
        paths: PURE,
        except: &[],
        view: View::Code,
        forbidden: &["async ", ".await"],
        because: "the pure layers are synchronous, so that nothing changes under a decision; await in a handler, then call them",
        bad: "pub async fn decide() {}",
    },
    Rule {
        paths: PURE,
        except: &[],
        view: View::Code,
        forbidden: &[
            "std::time",
            "SystemTime",
            "Instant::now",
            "Utc::now",
            "Local::now",
            "Date::now",
        ],
        because: "time is an argument; take `at` and let the World read the clock",
        bad: "let now = std::time::SystemTime::now();",
    },
    Rule {
        paths: PURE,
        // It names every type of serde's data model, to refuse them.
        except: &["src/journal/fact.rs"],
        view: View::Code,
        forbidden: &["f32", "f64"],
        because: "money has no floats; use Amount, or a number's own digits",
        bad: "let price: f64 = 0.1;",
    },
    Rule {
        paths: PURE,
        except: &[],
        view: View::Code,
        forbidden: &[
            "std::fs",
            "std::env",
            "std::net",
            "std::process",
            "std::thread",
            "std::io",
        ],
        because: "the pure layers touch no world; do it in src/worker and pass the result in",
        bad: "let key = std::env::var(\"KEY\");",
    },
    Rule {
        paths: PURE,
        except: &[],
        view: View::Code,
        forbidden: &["rand", "getrandom", "thread_rng"],
        because: "the same question gets the same answer; take ids and entropy as arguments",
        bad: "let id = rand::random();",
    },
    Rule {
        paths: &["src/engine/", "src/journal/"],
        except: &[],
        view: View::Code,
        forbidden: &["HashMap", "HashSet"],
        because: "their order differs from run to run, and entries must not; use BTreeMap or a Vec",
        bad: "use std::collections::HashMap;",
    },
    Rule {
        paths: &["src/engine/"],
        except: &[],
        view: View::Code,
        forbidden: &[".sum()", ".sum::<", ".product()", ".product::<"],
        because: "they add without checking, and no lint sees it; use amount::total",
        bad: "let all: Decimal = amounts.iter().sum();",
    },
    Rule {
        paths: &["src/engine/"],
        except: &[],
        view: View::Code,
        forbidden: &[
            ".round()",
            ".round_dp",
            ".trunc()",
            ".rescale(",
            "MathematicalOps",
        ],
        because: "a fee is rounded once, and visibly; use Exact::round_half_even",
        bad: "let fee = exact.round_dp(12);",
    },
    Rule {
        paths: &["src/engine/"],
        except: &[],
        view: View::Code,
        forbidden: &[
            " as u8",
            " as u16",
            " as u32",
            " as u64",
            " as u128",
            " as usize",
            " as i8",
            " as i16",
            " as i32",
            " as i64",
            " as i128",
            " as isize",
            " as char",
        ],
        because: "a cast cuts digits off silently; use From or try_from",
        bad: "let seq = place as u64;",
    },
    Rule {
        paths: &["src/"],
        except: &["src/worker/faults.rs"],
        view: View::Code,
        forbidden: &[
            "assert!",
            "assert_eq!",
            "assert_ne!",
            "debug_assert!",
            "debug_assert_eq!",
            "debug_assert_ne!",
            "unreachable!",
            "panic!",
            ".unwrap()",
            ".expect(",
            ".unwrap_err()",
            ".expect_err(",
        ],
        because: "a panic under panic=abort resets every wallet of the isolate; answer with a refusal or an error",
        bad: "let first = rows.first().unwrap();",
    },
    Rule {
        paths: PURE,
        except: &[],
        view: View::Code,
        forbidden: &["println!", "print!", "eprintln!", "eprint!"],
        because: "the pure layers do not talk; return what there is to say",
        bad: "println!(\"{balance}\");",
    },
    Rule {
        paths: &["src/"],
        except: &[],
        view: View::Code,
        forbidden: &[
            "static ",
            "thread_local!",
            "OnceLock",
            "LazyLock",
            "LazyCell",
        ],
        because: "an isolate is shared by many wallets, so state outside them leaks from one to another; keep it in the object",
        bad: "static CACHE: Cache = Cache::new();",
    },
    Rule {
        paths: &["src/"],
        except: &["src/worker/", "src/npm.rs"],
        view: View::Code,
        forbidden: &[
            "wasm_bindgen",
            "serde_wasm_bindgen",
            "js_sys",
            "web_sys",
            "JsValue",
        ],
        because: "JavaScript stays at the edge; put it in src/worker or src/npm.rs and pass Rust values in",
        bad: "use wasm_bindgen::prelude::*;",
    },
    Rule {
        paths: &["src/"],
        except: STATEMENTS,
        view: View::Strings,
        forbidden: &[
            "SELECT ",
            "INSERT ",
            "UPDATE ",
            "DELETE ",
            "CREATE TABLE",
            "ON CONFLICT",
        ],
        because: "the statements of a capability are in its statements.rs, those of a wallet in wallet_object/sql_journal.rs; add it there and call it",
        bad: "let rows = run(\"SELECT seq FROM journal\");",
    },
    Rule {
        paths: &["src/", "tests/"],
        except: &["tests/tidy/rules.rs", "tests/tidy.rs"],
        view: View::Text,
        forbidden: &["TODO", "FIXME", "XXX", "HACK"],
        because: "a note to oneself is forgotten in the code; do it, or open an issue",
        bad: "// TODO: check the bounds",
    },
    Rule {
        paths: &["src/", "tests/"],
        except: &["tests/tidy/rules.rs", "tests/tidy.rs"],
        view: View::Code,
        forbidden: &["dbg!", "todo!", "unimplemented!"],
        because: "it is a leftover of the work in progress; finish it or take it out",
        bad: "let wallet = dbg!(wallet);",
    },
];

/// Crates and modules that a layer may use. What is not listed may not be used.
pub struct Layer {
    pub path: &'static str,
    pub modules: &'static [&'static str],
    pub crates: &'static [&'static str],
}

pub const LAYERS: &[Layer] = &[
    Layer {
        path: "src/engine/",
        modules: &["engine"],
        crates: &["rust_decimal", "serde", "chrono"],
    },
    Layer {
        path: "src/journal/",
        modules: &["engine", "journal"],
        crates: &["serde", "serde_json", "sha2", "hex"],
    },
    Layer {
        path: "src/stripe/",
        modules: &["stripe", "engine"],
        crates: &[
            "serde",
            "serde_json",
            "hmac",
            "sha2",
            "hex",
            "subtle",
            "form_urlencoded",
        ],
    },
    Layer {
        path: "src/wire/",
        modules: &["wire", "engine", "journal"],
        crates: &[
            "serde",
            "serde_json",
            "hmac",
            "sha2",
            "hex",
            "chrono",
            "base64",
            "url",
            "maud",
            "form_urlencoded",
            "percent_encoding",
        ],
    },
];

/// Functions longer than [`LINES_MAX`]: flat checklists that splitting would hide. The list may only shrink, and
/// so may each number.
pub const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[
    ("src/engine/decide.rs", "decide", 80),
    ("src/engine/refusal.rs", "sentence", 134),
    ("src/engine/fold.rs", "apply", 73),
    ("src/engine/fold.rs", "apply_to_subscription", 71),
    ("tests/suite/arbitrary.rs", "command", 125),
    ("tests/suite/refusals.rs", "every_refusal", 114),
    ("tests/suite/scenario_commands.rs", "command", 108),
    ("tests/suite/workload.rs", "command", 97),
];

pub const LINES_MAX: usize = 70;

/// Lines of a file of Rust.
pub const FILE_LINES_MAX: usize = 900;

/// Lines of all TypeScript under `src`.
pub const TYPESCRIPT_LINES_MAX: usize = 250;

/// Lines of a statement beside the code that runs it.
pub const SQL_LINES_MAX: usize = 3;

/// Package registries. A mirror or a proxy must be able to stand in for them, so nothing names them.
pub const REGISTRIES: [&str; 4] = [
    concat!("crates", ".io"),
    concat!("registry.", "npmjs"),
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
];

/// Written by the package managers themselves.
pub const LOCK_FILES: [&str; 2] = ["Cargo.lock", "package-lock.json"];
