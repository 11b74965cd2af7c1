# List the recipes.
default:
    @just --list

# Everything that has to pass before a change is taken.
ci:
    bash .ci/run

# All tests, or those whose name holds FILTER.
test *FILTER:
    cargo test --locked -- {{FILTER}}

# The promises under fault, as the gate shows them: just chaos K1 K3 --seed 17
chaos *ARGS:
    cargo test --locked --test chaos -- --scale ci {{ARGS}}

# The same for hours, with the table of all figures; failpoints are in debug builds only.
chaos-long *ARGS:
    cargo test --release --locked --test chaos -- --scale long {{ARGS}}
    cargo test --locked --test chaos -- --scale long K2

# Format and lints, as the gate checks them.
lint:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings

# All benchmarks, or the parts that are named: just bench start --servers 500
bench *ARGS:
    cargo bench --locked -- {{ARGS}}

# Starting and stopping many servers at once.
bench-start *ARGS: (bench "start" ARGS)

# A question to the supervisor.
bench-status *ARGS: (bench "status" ARGS)

# From a crash to the next process.
bench-crash *ARGS: (bench "crash" ARGS)

# From the death of the supervisor to the next one.
bench-revival *ARGS: (bench "revival" ARGS)

# A server that logs as fast as it can.
bench-log *ARGS: (bench "log" ARGS)

# Every figure of logs, 1 GiB each: just bench-logs --seconds 60; single ones: just bench log-search --bytes 256
bench-logs *ARGS: (bench "log" "log-load" "log-memory" "log-search" "log-open" "log-merged" ARGS)

# Memory and CPU of many quiet servers.
bench-idle *ARGS: (bench "idle" ARGS)

# The dashboard.
bench-screen *ARGS: (bench "screen" ARGS)

# The dashboard's figures beside their goals: just bench-tui --seconds 60; single ones: just bench tui-keys
bench-tui *ARGS: (bench "tui-rest" "tui-flood" "tui-keys" "tui-open" "tui-many" "tui-view" "tui-memory" ARGS)

# The pictures in assets/, of the servers that run in the project here.
screenshots:
    cargo run --release --locked -- screenshot --columns 120 --rows 40 --keys jjj > assets/dashboard.svg
    cargo run --release --locked -- screenshot --columns 80 --rows 24 --keys jjj > assets/dashboard-80x24.svg

# The pictures of every theme, of the servers that run in the project here.
theme-pictures:
    cargo run --locked -- screenshot --columns 80 --rows 24 --keys jjj --gallery assets
