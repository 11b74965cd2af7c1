//! With a filter: what is found, in which order, and how far the search is.

use std::fmt::Write as _;

use http_body_util::BodyExt as _;

use super::*;

const LOG: &str = "/v1/servers/shop/api/log";

/// Lines of which each hundredth is a needle, one each second, until the log has this many bytes.
fn haystack(served: &Served, name: &str, bytes: usize) -> u64 {
    let mut writer = writer(served, name);
    let (mut written, mut n) = (0, 0);
    while written < bytes {
        let mut block = String::new();
        while block.len() < 64 * 1024 {
            let what = if n % 100 == 99 { "needle" } else { "straw" };
            writeln!(block, "{what} {n} {}", "x".repeat(80)).unwrap();
            n += 1;
        }
        writer.append(n * 1_000_000, Stream::Stdout, block.as_bytes()).unwrap();
        written += block.len();
    }
    n
}

fn numbers(items: &[Value]) -> Vec<u64> {
    items.iter().map(|item| text(item).split(' ').nth(1).unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn grep_and_since_leave_lines_out_and_a_bad_pattern_is_explained() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..100);
    let (grep, told) = found(&served, &format!("{LOG}?grep=LINE%20.5%24")).await;
    assert_eq!(grep.len(), 0, "a capital letter matters");
    assert_eq!((&told["matched"], &told["hidden"]), (&0.into(), &100.into()));
    let (grep, _) = found(&served, &format!("{LOG}?grep=line%20.5%24&lines=2")).await;
    assert_eq!(texts(&grep), ["line 85", "line 95"]);
    let (since, _) = found(&served, &format!("{LOG}?since=1970-01-01T00:01:38Z")).await;
    assert_eq!(texts(&since), ["line 98", "line 99"]);
    let (_, problem) = served.send("GET", &format!("{LOG}?grep=%28"), "").await;
    assert!(problem["hint"].is_string(), "{problem}");
}

#[tokio::test]
async fn each_part_of_a_filter_leaves_lines_out() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    let lines = [
        (Stream::Stdout, "INFO one"),
        (Stream::Stderr, "ERROR two"),
        (Stream::Stdout, "WARN three"),
        (Stream::Stderr, "DEBUG four"),
    ];
    for (n, (stream, text)) in lines.into_iter().enumerate() {
        writer.append(n as u64 * 1_000_000, stream, format!("{text}\n").as_bytes()).unwrap();
    }
    let (one, two, three, four) = (lines[0].1, lines[1].1, lines[2].1, lines[3].1);
    for (query, wanted) in [
        ("grep=o", vec![one, two, four]),
        ("exclude=o", vec![three]),
        ("grep=e&exclude=three", vec![one, two, four]),
        ("level=warn", vec![two, three]),
        ("level=error", vec![two]),
        ("stream=stderr", vec![two, four]),
        ("since=1970-01-01T00:00:02Z", vec![three, four]),
        ("until=1970-01-01T00:00:02Z", vec![one, two]),
        ("since=1970-01-01T00:00:01Z&until=1970-01-01T00:00:03Z", vec![two, three]),
        ("level=info&stream=stdout&exclude=one", vec![three]),
    ] {
        for order in ["", "&from=0:0", "&newest_first=true"] {
            let (mut items, told) = found(&served, &format!("{LOG}?{query}{order}")).await;
            if order.contains("newest") {
                items.reverse();
            }
            assert_eq!(texts(&items), wanted, "{query}{order}");
            assert_eq!(told["matched"], wanted.len(), "{query}{order}");
            assert_eq!(told["searched"], told["total"], "{query}{order}");
        }
    }
}

#[tokio::test]
async fn newest_first_turns_the_order_round_and_pages_on_with_back() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..3_000);
    let items = served.lines(&format!("{LOG}?newest_first=true&lines=3")).await.rest().await;
    assert_eq!(texts(&items), ["line 2999", "line 2998", "line 2997"]);
    let (mut place, mut all) = (String::new(), Vec::new());
    loop {
        let (items, _) = found(&served, &format!("{LOG}?newest_first=true&grep=7%24&lines=40{place}")).await;
        let Some(last) = items.last() else { break };
        let cursor: crate::model::LogCursor = last["cursor"].as_str().unwrap().parse().unwrap();
        place = format!("&back={}:{}", cursor.segment, cursor.offset - 1);
        all.extend(numbers(&items));
    }
    assert_eq!(all, (0..3_000).rev().filter(|n| n % 10 == 7).collect::<Vec<_>>());
}

#[tokio::test]
async fn several_logs_are_searched_newest_first_in_one_order() {
    let served = Served::new(Access::Read);
    let (mut a, mut b) = (writer(&served, "a"), writer(&served, "b"));
    for n in 0..500 {
        let writer = if n % 7 < 3 { &mut a } else { &mut b };
        number(writer, n..n + 1);
    }
    // nothing is found there, and it holds nothing up
    haystack(&served, "c", 4 << 20);
    let path = "/v1/logs?servers=shop/a,shop/b,shop/c&newest_first=true&lines=1000&grep=^line";
    let (items, _) = found(&served, path).await;
    assert_eq!(numbers(&items), (0..500).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_found_goes_out_before_the_search_is_done() {
    let served = Served::new(Access::Read);
    let lines = haystack(&served, "api", 6 << 20);
    let mut writer = writer(&served, "api");
    writer.append(lines * 1_000_000, Stream::Stdout, b"the last one\n").unwrap();
    let path = format!("{LOG}?newest_first=true&grep=the.last&lines=1000000");
    let mut stream = served.lines(&path).await;
    assert_eq!(stream.items_in_next_chunk().await, 1, "the line, and not how the search ended");
    let (items, told) = found(&served, &path).await;
    assert_eq!(texts(&items), ["the last one"]);
    assert_eq!((&told["matched"], &told["hidden"]), (&1.into(), &lines.into()));
}

#[tokio::test]
async fn a_search_tells_how_far_it_is_and_not_too_often() {
    let served = Served::new(Access::Read);
    let lines = haystack(&served, "api", 9 << 20);
    for order in ["", "&newest_first=true", "&from=0:0"] {
        let began = std::time::Instant::now();
        let items = served.lines(&format!("{LOG}?grep=nowhere{order}")).await.rest().await;
        let most = began.elapsed().as_millis() / 100 + 1;
        assert!(items.len() as u128 <= most, "{} in {most} times 100 ms", items.len());
        let number = |item: &Value, name: &str| item[name].as_u64().unwrap();
        for pair in items.windows(2) {
            assert!(number(&pair[0], "searched") < number(&pair[1], "searched"), "{pair:?}");
        }
        for item in &items {
            assert!(number(item, "searched") <= number(item, "total"), "{item}");
        }
        let last = items.last().unwrap();
        assert_eq!(number(last, "searched"), number(last, "total"), "{last}");
        assert!(number(last, "total") >= 9 << 20, "{last}");
        assert_eq!((number(last, "matched"), number(last, "hidden")), (0, lines), "{last}");
    }
}

#[tokio::test]
async fn more_hits_than_are_kept_come_once_and_in_order() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    let wide = "x".repeat(10_000);
    for n in 0..1_300 {
        writer.append(n, Stream::Stdout, format!("hit {n} {wide}\nmiss\n").as_bytes()).unwrap();
    }
    for (order, expected) in [("", (200..1_300).collect::<Vec<_>>()), ("&newest_first=true", Vec::new())] {
        let (items, told) = found(&served, &format!("{LOG}?grep=hit&lines=1100{order}")).await;
        let expected = if expected.is_empty() { (200..1_300).rev().collect::<Vec<_>>() } else { expected };
        assert_eq!(numbers(&items), expected);
        assert_eq!(told["matched"], 1_100);
        assert_eq!(told["searched"], told["total"]);
    }
}

#[tokio::test]
async fn a_client_that_goes_ends_its_search_and_one_that_does_not_read_blocks_no_other() {
    let served = Served::new(Access::Read);
    haystack(&served, "api", 6 << 20);
    let path = format!("{LOG}?grep=straw&lines=100000000&from=0:0");
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(served.open("GET", &path, "").await);
    }
    for _ in 0..8 {
        let gone = served.open("GET", &format!("{LOG}?grep=nowhere&newest_first=true"), "").await;
        assert!(gone.status().is_success());
        drop(gone);
    }
    let (items, told) = found(&served, &format!("{LOG}?grep=needle&lines=1")).await;
    assert_eq!(items.len(), 1);
    assert_eq!(told["searched"], told["total"]);
    drop(idle);
    // each stream that lives listens to the bell
    while served.actor.bell.receiver_count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn while_it_follows_what_is_left_out_is_counted() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    number(&mut writer, 0..10);
    let mut lines = served.lines(&format!("{LOG}?grep=5%24&follow=true")).await;
    assert_eq!(text(&lines.next().await.unwrap()), "line 5");
    let told = lines.next().await.unwrap();
    assert_eq!((&told["type"], &told["hidden"]), (&"progress".into(), &9.into()));
    live(&mut lines).await;
    number(&mut writer, 10..20);
    ring(&served);
    assert_eq!(text(&lines.next().await.unwrap()), "line 15");
    let told = lines.next().await.unwrap();
    assert_eq!(
        (&told["type"], &told["hidden"], &told["matched"]),
        (&"progress".into(), &18.into(), &2.into())
    );
    assert_eq!(told["searched"], told["total"]);
}

#[tokio::test]
async fn what_can_t_be_asked_is_explained() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..3);
    let large = format!("grep=({}){{1000}}{{1000}}", "a".repeat(10));
    for query in [
        "grep=%28",
        "exclude=%5B",
        &large,
        "from=1",
        "from=0:0&back=1:1",
        "back=1:1&follow=true",
        "upto=3",
        "newest_first=true&from=0:0",
        "newest_first=true&context=2",
        "newest_first=true&follow=true",
        "until=2026-01-01T00:00:00Z&follow=true",
        "grep=a&context=1001",
        "level=loud",
        "servers=shop/a",
    ] {
        let (status, problem) = served.send("GET", &format!("{LOG}?{query}"), "").await;
        assert_eq!((status, &problem["kind"]), (400, &"bad_request".into()), "{query}: {problem}");
        let unnamed = ["from=1", "upto=3", "level=loud", "servers=shop/a"].contains(&query);
        assert!(unnamed || problem["hint"].is_string(), "{query}: {problem}");
    }
    let response = served.open("GET", &format!("{LOG}?grep=line&context=1000"), "").await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_search_that_was_asked_for_no_line_ends_at_once() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "api"), 0..3);
    for order in ["", "&newest_first=true"] {
        let (items, told) = found(&served, &format!("{LOG}?grep=line&lines=0{order}")).await;
        assert_eq!((items.len(), &told["searched"], &told["total"]), (0, &0.into(), &0.into()));
    }
}

#[tokio::test]
async fn an_open_line_is_found_as_well() {
    let served = Served::new(Access::Read);
    let mut writer = writer(&served, "api");
    number(&mut writer, 0..3);
    writer.append(4_000_000, Stream::Stdout, b"line without end").unwrap();
    for order in ["", "&newest_first=true", "&from=0:0"] {
        let (items, _) = found(&served, &format!("{LOG}?grep=line&lines=5{order}")).await;
        let mut all = texts(&items);
        if order.contains("newest") {
            all.reverse();
        }
        assert_eq!(all, ["line 0", "line 1", "line 2", "line without end"], "{order}");
        let (items, _) = found(&served, &format!("{LOG}?grep=%5B0-9%5D&lines=5{order}")).await;
        assert_eq!(items.len(), 3, "{order}");
    }
    let response = served.open("GET", LOG, "").await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(memchr::memchr_iter(b'\n', &body).count(), 4);
}
