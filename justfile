# List the recipes.
default:
    @just --list

# Everything that has to pass before a change is taken.
ci:
    bash .ci/run

# All tests, or those whose name holds FILTER.
test *FILTER:
    cargo test --locked -- {{FILTER}}

# Format and lints, as the gate checks them.
lint:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings

# The benchmarks.
bench *FILTER:
    cargo bench --locked -- {{FILTER}}
