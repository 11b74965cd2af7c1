//! What a frame costs before a byte of it is written: in this process, without a terminal or a supervisor.

use std::time::{Duration, Instant};

use ostler::tui::bench::Bench;

use super::{MANY, SOME};
use crate::Result;
use crate::part::Size;
use crate::stats::Times;
use crate::table::Table;

/// Columns and rows of the largest layout.
const LARGE: (u16, u16) = (200, 60);

pub(in crate::part) fn run(size: Size, table: &mut Table) -> Result<()> {
    let (some, many) = (measure(SOME, size)?, measure(MANY, size)?);
    let what = |what: &str| format!("{what}, {MANY} servers at {}x{}", LARGE.0, LARGE.1);
    let name = format!("{SOME} servers");
    table.times(what("a frame's cells (`view`)"), &many.view, &name, &some.view);
    table.goal("1 ms");
    table.times(what("a second's figures, cells and bytes"), &many.second, &name, &some.second);
    let bytes = |measured: &Measured| format!("{} bytes", measured.bytes);
    table.beside(what("bytes of that"), bytes(&many), format!("{}, {name}", bytes(&some)));
    let lines = format!("{:.0} a second", many.lines);
    table.beside(what("log lines taken in"), lines, format!("{:.0} a second, {name}", some.lines));
    Ok(())
}

struct Measured {
    view: Times,
    second: Times,
    bytes: usize,
    lines: f64,
}

fn measure(servers: usize, size: Size) -> Result<Measured> {
    const LINES: usize = 20_000;
    let mut bench = Bench::new(servers, LARGE).ok_or("no servers")?;
    bench.log(5000);
    for _ in 0..120 {
        bench.samples();
    }
    bench.frame();
    let rounds = size.rounds * 4;
    let timed = |act: &mut dyn FnMut()| -> Duration {
        let began = Instant::now();
        act();
        began.elapsed()
    };
    let view = Times::of((0..rounds).map(|_| timed(&mut || bench.view())).collect());
    let mut bytes = 0;
    let second = (0..rounds).map(|_| {
        timed(&mut || {
            bench.samples();
            bytes += bench.frame();
        })
    });
    let second = Times::of(second.collect());
    let took = timed(&mut || bench.log(LINES));
    Ok(Measured { view, second, bytes: bytes / rounds, lines: LINES as f64 / took.as_secs_f64() })
}
