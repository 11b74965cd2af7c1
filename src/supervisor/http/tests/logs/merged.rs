//! Several logs in one stream.

use std::collections::HashMap;

use super::*;

#[tokio::test]
async fn several_logs_are_merged_by_time() {
    let served = Served::new(Access::Read);
    let (mut a, mut b) = (writer(&served, "a"), writer(&served, "b"));
    for n in 0..10 {
        let writer = if n % 3 == 0 { &mut a } else { &mut b };
        number(writer, n..n + 1);
    }
    let expected: Vec<_> = (0..10).map(|n| format!("line {n}")).collect();
    let items = served.lines("/v1/logs?servers=shop/a,shop/b").await.rest().await;
    assert_eq!(texts(&items), expected);
    let items = served.lines("/v1/logs?servers=shop/a,shop/b&lines=4").await.rest().await;
    let without = |left_out: &[usize]| -> Vec<String> {
        (0..10).filter(|n| !left_out.contains(n)).map(|n| format!("line {n}")).collect()
    };
    assert_eq!(texts(&items), without(&[1, 2]), "the last 4 of each");

    let mut lines = served.lines("/v1/logs?servers=shop/a,shop/b&lines=1&follow=true").await;
    assert_eq!(text(&lines.next().await.unwrap()), "line 8");
    assert_eq!(text(&lines.next().await.unwrap()), "line 9");
    let servers = [live(&mut lines).await["server"].clone(), live(&mut lines).await["server"].clone()];
    assert_eq!(servers, ["shop/a", "shop/b"]);
    // in the wrong order, within the time for which lines wait for those of other logs
    let soon = now() + 50_000;
    b.append(soon + 1, Stream::Stdout, b"line 11\n").unwrap();
    a.append(soon, Stream::Stdout, b"line 10\n").unwrap();
    ring(&served);
    assert_eq!(text(&lines.next().await.unwrap()), "line 10");
    let last = lines.next().await.unwrap();
    assert_eq!((text(&last), &last["server"]), ("line 11", &"shop/b".into()));
}

#[tokio::test]
async fn a_talkative_server_takes_no_lines_from_a_quiet_one() {
    let served = Served::new(Access::Read);
    number(&mut writer(&served, "quiet"), 0..3);
    number(&mut writer(&served, "loud"), 10..1_000);
    let of = |items: &[Value], server: &str| -> Vec<String> {
        let own = items.iter().filter(|item| item["server"] == server);
        own.map(|item| text(item).to_owned()).collect()
    };
    for (lines, quiet) in [(2, 1..3), (300, 0..3)] {
        let path = format!("/v1/logs?servers=shop/quiet,shop/loud&lines={lines}");
        let items = served.lines(&path).await.rest().await;
        let told = |numbers: std::ops::Range<u64>| numbers.map(|n| format!("line {n}")).collect::<Vec<_>>();
        assert_eq!(of(&items, "shop/quiet"), told(quiet));
        assert_eq!(of(&items, "shop/loud"), told(1_000 - lines..1_000));
    }
}

#[tokio::test]
async fn names_in_a_list_are_checked() {
    let served = Served::new(Access::Read);
    for (servers, status) in [("", 400), ("shop/a,", 400), ("shop/..", 400), ("shop/a,other/b", 404)] {
        let (got, problem) = served.send("GET", &format!("/v1/logs?servers={servers}"), "").await;
        assert_eq!(got, status, "{servers}: {problem}");
    }
}

#[tokio::test]
async fn a_place_behind_a_server_is_where_its_part_begins() {
    let served = Served::new(Access::Read);
    let (mut a, mut b) = (writer(&served, "a"), writer(&served, "b"));
    for n in 0..600 {
        number(if n % 2 == 0 { &mut a } else { &mut b }, n..n + 1);
    }
    let items = served.lines("/v1/servers/shop/a/log?lines=250").await.rest().await;
    let place = items[0]["cursor"].as_str().unwrap();
    assert_eq!(text(&items[0]), "line 100");
    let path = format!("/v1/logs?servers=shop/a@{place},shop/b&lines=2");
    let items = served.lines(&format!("{path}&follow=true")).await;
    let mut stream = items;
    let mut got = Vec::new();
    loop {
        let item = stream.next().await.unwrap();
        if item["type"] == "live" {
            break;
        }
        got.push(text(&item).to_owned());
    }
    let even = (102..597).step_by(2).chain([597, 598, 599]);
    let expected: Vec<_> = even.map(|n| format!("line {n}")).collect();
    assert_eq!(got, expected, "all of the one after its place, the last 2 of the other");
    let items = served.lines(&path).await.rest().await;
    assert_eq!(texts(&items), ["line 102", "line 104", "line 597", "line 599"]);
}

#[tokio::test]
async fn a_place_that_is_none_is_explained() {
    let served = Served::new(Access::Read);
    for (query, word) in [
        ("servers=shop/a@", "segment:offset"),
        ("servers=shop/a@x:1", "segment:offset"),
        ("servers=shop/a@1:2:3", "segment:offset"),
        ("servers=shop/a@1:2,shop/a@1:3", "once"),
        ("servers=shop/a@1:2&newest_first=true", "leave one"),
        ("servers=shop/a&from=1:1", "behind its server"),
        ("lines=3", "servers="),
    ] {
        let (status, problem) = served.send("GET", &format!("/v1/logs?{query}"), "").await;
        assert_eq!(status, 400, "{query}: {problem}");
        assert!(problem["hint"].as_str().unwrap().contains(word), "{query}: {problem}");
    }
}

/// Servers that write numbered lines as fast as they can: each line has its own number, over all of them.
struct Flood {
    names: Vec<String>,
    lines: u64,
}

impl Flood {
    /// Writes, and says how long it took at most until the bell was rung for a line.
    fn write(self, mut writers: Vec<Writer>, bell: &tokio::sync::watch::Sender<u64>) -> Duration {
        let (mut dice, mut slowest) = (Dice(77), Duration::ZERO);
        let mut rung = std::time::Instant::now();
        for n in 0..self.lines {
            let at = now();
            let index = dice.roll(self.names.len() as u64) as usize;
            writers[index].append(at, Stream::Stdout, format!("line {n}\n").as_bytes()).unwrap();
            if n % 64 == 0 {
                bell.send_modify(|count| *count += 1);
                slowest = slowest.max(rung.elapsed());
                rung = std::time::Instant::now();
            }
        }
        bell.send_modify(|count| *count += 1);
        slowest
    }

    fn query(&self, places: &HashMap<String, String>) -> String {
        let servers = self.names.iter().map(|name| {
            let id = format!("shop/{name}");
            places.get(&id).map_or(id.clone(), |place| format!("{id}@{place}"))
        });
        format!("/v1/logs?servers={}&follow=true", servers.collect::<Vec<_>>().join(","))
    }
}

/// Follows a flood of this many servers, and is cut after up to `cut` items each time. Every line comes once, each server's in
/// order; and all in the order of time, as far as they were in their files in time.
async fn follow_flood(servers: usize, lines: u64, cut: u64) {
    let served = Served::new(Access::Read);
    let names: Vec<_> = (0..servers).map(|n| format!("s{n}")).collect();
    let policy = LogPolicy { max_size: 50_000, keep: 1_000, compress: false };
    let writers = names.iter().map(|name| small_writer(&served, name, policy)).collect();
    let flood = Flood { names, lines };
    let mut places = HashMap::new();
    let mut stream = served.lines(&flood.query(&places)).await;
    let query = |places: &HashMap<_, _>| flood.query(places);
    let (bell, writing) = (served.actor.bell.clone(), Flood { names: flood.names.clone(), lines });
    let written = tokio::task::spawn_blocking(move || writing.write(writers, &bell));
    let mut got: Vec<u64> = Vec::new();
    let mut dice = Dice(4_711);
    let mut left = dice.roll(cut);
    while got.len() < lines as usize {
        if left == 0 {
            stream = served.lines(&query(&places)).await;
            left = 1 + dice.roll(cut);
        }
        left -= 1;
        let item = stream.next().await.unwrap();
        let whose = item["server"].as_str().unwrap().to_owned();
        places.insert(whose, item["cursor"].as_str().unwrap().to_owned());
        if item["type"] == "line" {
            got.push(text(&item)["line ".len()..].parse().unwrap());
        }
    }
    let slowest = written.await.unwrap();
    let is_sorted = got.is_sorted();
    // a box that stops the writer for longer than is promised may turn two lines round
    assert!(is_sorted || slowest > Duration::from_millis(50), "the slowest took {slowest:?}");
    got.sort_unstable();
    assert_eq!(got, (0..lines).collect::<Vec<_>>());
}

#[tokio::test]
async fn fifty_servers_are_followed_in_one_order_without_a_loss() {
    follow_flood(50, 20_000, u64::MAX).await;
}

#[tokio::test]
async fn a_merged_stream_that_is_cut_goes_on_as_one() {
    follow_flood(5, 10_000, 400).await;
}

#[tokio::test]
async fn a_line_that_comes_a_little_late_stands_where_it_belongs() {
    let served = Served::new(Access::Read);
    let (mut a, mut b) = (writer(&served, "a"), writer(&served, "b"));
    let mut stream = served.lines("/v1/logs?servers=shop/a,shop/b&follow=true").await;
    live(&mut stream).await;
    live(&mut stream).await;
    let mut in_time = 0;
    for round in 0..16 {
        let began = std::time::Instant::now();
        let at = now();
        a.append(at, Stream::Stdout, b"second\n").unwrap();
        ring(&served);
        // the other is read before this one is written
        tokio::time::timeout(Duration::from_millis(round % 4 * 10), std::future::pending::<()>())
            .await
            .unwrap_err();
        b.append(at - 10, Stream::Stdout, b"first\n").unwrap();
        ring(&served);
        let late = began.elapsed();
        let both = [stream.next().await.unwrap(), stream.next().await.unwrap()];
        let both: Vec<_> = both.iter().filter(|item| item["type"] == "line").map(text).collect();
        if late < Duration::from_millis(50) {
            assert_eq!(both, ["first", "second"], "{late:?} late");
            in_time += 1;
        }
    }
    assert!(in_time > 0, "this box is too slow to tell");
}

#[tokio::test]
async fn what_one_log_has_lost_does_not_put_the_rest_of_it_behind_the_others() {
    let served = Served::new(Access::Read);
    let policy = LogPolicy { max_size: 2_000, keep: 2, compress: false };
    number(&mut small_writer(&served, "a", policy), 0..1_000);
    writer(&served, "b").append(995_500_000, Stream::Stdout, b"between\n").unwrap();
    let items = served.lines("/v1/logs?servers=shop/a@1:10,shop/b@0:0").await.rest().await;
    assert_eq!(items[0]["type"], "lagged", "{}", items[0]);
    let lines = texts(&items[1..]);
    let at = lines.iter().position(|line| *line == "between").unwrap();
    assert_eq!((lines[at - 1], lines[at + 1]), ("line 995", "line 996"));
}
