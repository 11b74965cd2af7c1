//! The lines around those that are wanted, against a model that has all lines.

use super::*;

/// What a stream sent, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sent {
    Line(String),
    Context(String),
    Break,
}

fn sent(item: &Value) -> Option<Sent> {
    let text = || item["text"].as_str().unwrap().to_owned();
    match item["type"].as_str().unwrap() {
        "line" if item["partial"] == true => None,
        "line" => Some(Sent::Line(text())),
        "context" => Some(Sent::Context(text())),
        "break" => Some(Sent::Break),
        "live" | "progress" => None,
        other => panic!("{other}"),
    }
}

/// The lines that are shown of these, if those with an `x` are wanted, and only the last so many of them.
fn model(lines: &[String], around: usize, last: usize) -> Vec<Sent> {
    let hits: Vec<usize> = (0..lines.len()).filter(|n| lines[*n].contains('x')).collect();
    let hits = &hits[hits.len().saturating_sub(last)..];
    let mut shown = Vec::new();
    let mut before: Option<usize> = None;
    for (n, line) in lines.iter().enumerate() {
        let is_hit = hits.contains(&n);
        if !is_hit && !hits.iter().any(|hit| hit.abs_diff(n) <= around) {
            continue;
        }
        if before.is_some_and(|before| before + 1 < n) {
            shown.push(Sent::Break);
        }
        before = Some(n);
        shown.push(if is_hit { Sent::Line(line.clone()) } else { Sent::Context(line.clone()) });
    }
    shown
}

/// Lines of which about each `rare`th has an `x`, in the order in which they end.
fn lines(dice: &mut Dice, count: u64, rare: u64) -> Vec<String> {
    let mut long = String::new();
    (0..count)
        .map(|n| {
            if dice.roll(50) == 0 {
                long = "-".repeat(dice.roll(90) as usize);
            }
            let mark = if dice.roll(rare) == 0 { "x" } else { "o" };
            format!("{n} {mark} {long}")
        })
        .collect()
}

/// Appends them to both streams.
fn append(writer: &mut Writer, dice: &mut Dice, lines: &[String]) {
    for line in lines {
        let stream = if dice.roll(3) == 0 { Stream::Stderr } else { Stream::Stdout };
        writer.append(now(), stream, format!("{line}\n").as_bytes()).unwrap();
    }
}

fn path(around: usize, more: &str) -> String {
    format!("/v1/servers/shop/api/log?grep=x&context={around}{more}")
}

#[tokio::test]
async fn the_lines_around_come_once_in_order_and_gaps_are_marked() {
    for seed in 1..=24 {
        let mut dice = Dice(seed * 7_919);
        let served = Served::new(Access::Read);
        let (rare, around) = ([1, 2, 5, 40, 400][dice.roll(5) as usize], 1 + dice.roll(12) as usize);
        let all = lines(&mut dice, 1_500, rare);
        let policy = LogPolicy { max_size: 100_000, keep: 1_000 };
        append(&mut small_writer(&served, "api", policy), &mut dice, &all);
        let of = |items: Vec<Value>| items.iter().filter_map(sent).collect::<Vec<_>>();
        let whole = of(served.lines(&path(around, "&from=0:0")).await.rest().await);
        assert_eq!(whole, model(&all, around, usize::MAX), "seed {seed}: {rare} {around}");
        let last = 1 + dice.roll(30) as usize;
        let some = of(served.lines(&path(around, &format!("&lines={last}"))).await.rest().await);
        assert_eq!(some, model(&all, around, last), "seed {seed}: the last {last}");
    }
}

#[tokio::test]
async fn what_comes_after_a_line_comes_live_and_a_cut_stream_goes_on() {
    for seed in 1..=6 {
        let mut dice = Dice(seed * 104_729);
        let served = Served::new(Access::Read);
        let (rare, around) = ([2, 5, 40][dice.roll(3) as usize], 1 + dice.roll(5) as usize);
        let mut all = lines(&mut dice, 400, rare);
        // so that the end is known when it comes
        all.extend((0..around).map(|n| format!("end {n}")));
        all.push("x the last".to_owned());
        let mut writer = writer(&served, "api");
        let begun = dice.roll(100) as usize;
        append(&mut writer, &mut dice, &all[..begun]);
        let mut stream = served.lines(&path(around, "&from=0:0&follow=true")).await;
        let (mut got, mut written, mut cursor) = (Vec::new(), begun, "0:0".to_owned());
        while got.last() != Some(&Sent::Line("x the last".to_owned())) {
            if written < all.len() && dice.roll(2) == 0 {
                let next = (written + 1 + dice.roll(20) as usize).min(all.len());
                append(&mut writer, &mut dice, &all[written..next]);
                written = next;
                ring(&served);
            }
            if got.len() % 16 == 15 && dice.roll(4) == 0 {
                let again = path(around, &format!("&from={cursor}&follow=true"));
                stream = served.lines(&again).await;
            }
            // a time that only says that nothing is on its way
            let Ok(item) = tokio::time::timeout(Duration::from_millis(60), stream.next()).await else {
                written = written.max(append_one(&mut writer, &all, written, &served));
                continue;
            };
            let item = item.unwrap();
            if let Some(place) = item["cursor"].as_str()
                && item["partial"] != true
            {
                cursor = place.to_owned();
            }
            let next = sent(&item);
            // a stream that was cut behind a mark begins with it
            if next != Some(Sent::Break) || got.last() != Some(&Sent::Break) {
                got.extend(next);
            }
        }
        assert_eq!(got, model(&all, around, usize::MAX), "seed {seed}: {rare} {around}");
    }
}

fn append_one(writer: &mut Writer, all: &[String], written: usize, served: &Served) -> usize {
    let Some(line) = all.get(written) else { return written };
    writer.append(now(), Stream::Stdout, format!("{line}\n").as_bytes()).unwrap();
    ring(served);
    written + 1
}

#[tokio::test]
async fn in_a_merged_stream_context_stands_next_to_its_line() {
    let served = Served::new(Access::Read);
    let (mut a, mut b) = (writer(&served, "a"), writer(&served, "b"));
    let mut say = |to_a: bool, at: u64, text: &str| {
        let writer = if to_a { &mut a } else { &mut b };
        writer.append(at * 1_000_000, Stream::Stdout, format!("{text}\n").as_bytes()).unwrap();
    };
    for (to_a, at, text) in [
        (true, 1, "a1"),
        (false, 2, "b1"),
        (true, 3, "a2"),
        (false, 4, "b2"),
        (true, 5, "x a3"),
        (false, 6, "b3"),
        (false, 7, "x b4"),
        (true, 8, "a4"),
        (false, 9, "b5"),
        (true, 10, "a5"),
        (true, 11, "x a6"),
    ] {
        say(to_a, at, text);
    }
    let items = served.lines("/v1/logs?servers=shop/a,shop/b&grep=x&context=1").await.rest().await;
    let short: Vec<_> = items.iter().filter_map(sent).collect();
    let (line, context) =
        (|text: &str| Sent::Line(text.to_owned()), |text: &str| Sent::Context(text.to_owned()));
    let expected = [
        context("a2"),
        line("x a3"),
        context("a4"),
        Sent::Break,
        context("b3"),
        line("x b4"),
        context("b5"),
        context("a5"),
        line("x a6"),
    ];
    assert_eq!(short, expected);
}
