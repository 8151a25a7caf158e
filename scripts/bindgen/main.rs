//! Writes the JavaScript and the types that belong to a compiled WebAssembly module.
//!
//! This is the wasm-bindgen CLI with the options of this project, on the library that the CLI itself is made of. Installing
//! the CLI compiles 170 crates for minutes, most of which a test runner and an HTTP client ask for; this is a fifth of it.
//!
//! Usage: `scrip-bindgen MODULE FOLDER [--reset-state]`. It writes `scrip.js`, `scrip.d.ts` and `scrip_bg.wasm`.

use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (module, folder, reset_state) = match arguments[..] {
        [module, folder] => (module, folder, false),
        [module, folder, "--reset-state"] => (module, folder, true),
        _ => return Err("usage: scrip-bindgen MODULE FOLDER [--reset-state]".into()),
    };
    Bindgen::new()
        .input_path(module)
        .out_name("scrip")
        // The glue is handed the module: a Worker and a package find theirs in different ways.
        .web(true)?
        .omit_default_module_path(true)
        .typescript(true)
        // After a trap the Worker starts the core afresh with `__wbg_reset_state`.
        .reset_state_function(reset_state)
        .generate(folder)?;
    Ok(())
}
