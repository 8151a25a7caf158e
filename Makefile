# Every command of the project; `make` lists them. Each installs what it needs and is missing, so there is no set-up step.
# The work is done by scripts/, which also run without make.

NODE := node_modules/.bin/node

.DEFAULT_GOAL := help
.PHONY: help demo dev stripe key test check advisories bench build quick portal engine npm tools clean distclean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A server is started with exec, so that a signal to make reaches it without a shell between.

demo: quick ## Watch real LLM traffic spend a prepaid wallet (CALLS=all for the whole trace)
	@exec $(NODE) demo/demo.ts

dev: quick ## Run the Worker here until Ctrl-C (PORT=8787, PERSIST=.scrip/dev)
	@exec $(NODE) scripts/dev.ts

stripe: ## Run a fake Stripe here until Ctrl-C (PORT=4242, WEBHOOK_URL=…, WEBHOOK_SECRET=…)
	@scripts/tools.sh node
	@exec $(NODE) tests/stripe/main.ts

key: ## Make an API key (ACCOUNT=acme, MODE=live or test, NAME=…, REMOTE=1 for a deployment)
	@scripts/tools.sh node
	@exec $(NODE) scripts/key.ts

# So many files of end-to-end tests at once. They wait more than they work, so it may be more than there are cores.
BESIDE := 3

test: ## Run every test: native, then against the real runtime, also by a client of Credyt's (BESIDE=3 files at once)
	@scripts/tools.sh
	@scripts/beside.sh scripts/build-npm.sh cargo test --locked
	@scripts/build-worker.sh dev
	@scripts/build-worker.sh faults
	$(NODE) --test --test-concurrency=$(BESIDE) "tests/stripe/*.test.ts" "tests/e2e/*.test.ts"

# The types of the Rust exports come from the build, so it goes first; those of the bindings from wrangler.toml.
check: quick ## Check format, lints and types
	@scripts/tools.sh lints deny
	@scripts/deny.sh licenses bans sources
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --package scrip-bindgen -- -D warnings
	cargo clippy --locked --lib --target wasm32-unknown-unknown --features worker -- -D warnings
	cargo clippy --locked --lib --target wasm32-unknown-unknown --features npm -- -D warnings
	$(NODE) scripts/types.ts
	$(NODE) node_modules/.bin/tsc --project tsconfig.node.json
	$(NODE) node_modules/.bin/tsc --project tsconfig.worker.json
	$(NODE) node_modules/.bin/tsc --project tsconfig.web.json
	$(NODE) node_modules/.bin/tsc --project tsconfig.npm.json
	$(NODE) node_modules/.bin/tsc --project examples/edge-chat/tsconfig.json
	$(NODE) node_modules/.bin/biome ci

advisories: ## Ask the database of advisories about all dependencies; it is fetched from GitHub
	@scripts/tools.sh deny
	@scripts/deny.sh advisories

bench: build ## Measure against the smallest possible Durable Object (BUILDS=build/worker,… to compare)
	@exec $(NODE) bench/bench.ts

build: ## Build the Worker as it is deployed
	@scripts/build-worker.sh release

quick: ## Build the Worker to try it out, in a fraction of the time
	@scripts/build-worker.sh dev

portal: ## Build the portal's elements in www/assets/portal.js
	@scripts/build-portal.sh

engine: ## Build the engine for browsers, which the portal loads, in www/assets
	@scripts/build-engine.sh dev

npm: ## Build the npm package scrip-wallet in npm/dist, with the Worker in it
	@scripts/build-npm.sh

tools: ## Install every pinned tool
	@scripts/tools.sh

clean: ## Remove what was built; tools and local wallets stay
	rm -rf target build npm/dist www/assets/portal.js www/assets/reference.html www/assets/engine.js www/assets/engine.wasm www/assets/engine-notices.txt

distclean: clean ## Remove tools and local wallets as well
	rm -rf .tools .scrip .wrangler .dev.vars node_modules
