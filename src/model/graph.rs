//! Who needs whom: order, levels, cycles, and everything that hangs on a server. Pure; the same input gives the same
//! answer. Nothing recurses, so a chain of any length is no danger to the stack.

use std::collections::{BTreeMap, BTreeSet};

/// Each one with those that it needs. One that is needed but is no key needs nothing.
pub type Edges<N> = BTreeMap<N, Vec<N>>;

/// A cycle, if there is one: each needs the next, and the last needs the first. It begins with its smallest member; of
/// several cycles it is the one that is found first in the order of the names.
pub fn cycle<N: Ord + Clone>(edges: &Edges<N>) -> Option<Vec<N>> {
    let mut done: BTreeSet<&N> = BTreeSet::new();
    for start in edges.keys() {
        // the way from `start` to where the search is, each with how many of its needs were followed
        let mut way: Vec<(&N, usize)> = vec![(start, 0)];
        let mut on_way: BTreeMap<&N, usize> = BTreeMap::from([(start, 0)]);
        while let Some((node, next)) = way.last_mut() {
            let here: &N = node;
            let need = edges.get(here).filter(|_| !done.contains(here)).and_then(|needs| needs.get(*next));
            let Some(need) = need else {
                done.insert(here);
                on_way.remove(here);
                way.pop();
                continue;
            };
            *next += 1;
            if let Some(at) = on_way.get(need) {
                return Some(from_smallest(&way[*at..]));
            }
            if !done.contains(need) {
                on_way.insert(need, way.len());
                way.push((need, 0));
            }
        }
    }
    None
}

fn from_smallest<N: Ord + Clone>(way: &[(&N, usize)]) -> Vec<N> {
    let mut cycle: Vec<N> = way.iter().map(|(node, _)| (*node).clone()).collect();
    let smallest = cycle.iter().enumerate().min_by_key(|(_, node)| *node).map_or(0, |(at, _)| at);
    cycle.rotate_left(smallest);
    cycle
}

/// Everyone in levels: the first needs nobody, each other one needs only those of earlier levels. Members of a level
/// are in the order of their names. What is in a cycle, or needs one, is the last level.
pub fn levels<N: Ord + Clone>(edges: &Edges<N>) -> Vec<Vec<N>> {
    let mut open: BTreeMap<&N, usize> = BTreeMap::new();
    let mut needed_by: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    for (node, needs) in edges {
        open.entry(node).or_default();
        for need in needs.iter().collect::<BTreeSet<_>>() {
            open.entry(need).or_default();
            *open.entry(node).or_default() += 1;
            needed_by.entry(need).or_default().push(node);
        }
    }
    let mut levels = Vec::new();
    let mut level: BTreeSet<&N> = free(&open);
    while !level.is_empty() {
        let mut next = BTreeSet::new();
        for node in &level {
            open.remove(node);
            for dependent in needed_by.get(node).into_iter().flatten() {
                if let Some(left) = open.get_mut(dependent) {
                    *left -= 1;
                    if *left == 0 {
                        next.insert(*dependent);
                    }
                }
            }
        }
        levels.push(level.into_iter().cloned().collect());
        level = next;
    }
    if !open.is_empty() {
        levels.push(open.into_keys().cloned().collect());
    }
    levels
}

fn free<'n, N: Ord>(open: &BTreeMap<&'n N, usize>) -> BTreeSet<&'n N> {
    open.iter().filter(|(_, left)| **left == 0).map(|(node, _)| *node).collect()
}

/// Everyone, each after all that it needs.
pub fn order<N: Ord + Clone>(edges: &Edges<N>) -> Vec<N> {
    levels(edges).into_iter().flatten().collect()
}

/// Those that need one of `of`, directly or through others; without `of` themselves.
pub fn dependents<N: Ord + Clone>(edges: &Edges<N>, of: &[N]) -> BTreeSet<N> {
    let mut needed_by: BTreeMap<&N, Vec<&N>> = BTreeMap::new();
    for (node, needs) in edges {
        for need in needs {
            needed_by.entry(need).or_default().push(node);
        }
    }
    reach(of, |node| needed_by.get(node).into_iter().flatten().copied())
}

/// Those that `of` need, directly or through others; without `of` themselves.
pub fn needed<N: Ord + Clone>(edges: &Edges<N>, of: &[N]) -> BTreeSet<N> {
    reach(of, |node| edges.get(node).into_iter().flatten())
}

fn reach<'n, N: Ord + Clone, I: Iterator<Item = &'n N>>(of: &'n [N], next: impl Fn(&N) -> I) -> BTreeSet<N> {
    let mut found: BTreeSet<&N> = BTreeSet::new();
    let mut open: Vec<&N> = of.iter().collect();
    while let Some(node) = open.pop() {
        open.extend(next(node).filter(|other| found.insert(other)));
    }
    found.into_iter().filter(|node| !of.contains(node)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(text: &'static str) -> Edges<&'static str> {
        let pair = |part: &'static str| {
            let (node, needs) = part.split_once(':').unwrap();
            (node, needs.split_whitespace().collect())
        };
        text.split(',').map(|part| pair(part.trim())).collect()
    }

    #[test]
    fn a_cycle_is_found_wherever_it_is() {
        for (graph, expected) in [
            ("a:b, b:c, c:", None),
            ("a:, b:a, c:a b, d:b c", None),
            ("a:missing", None),
            ("a:a", Some(vec!["a"])),
            ("a:b, b:a", Some(vec!["a", "b"])),
            ("x:c, c:b, b:a, a:c", Some(vec!["a", "c", "b"])),
            ("a:b c, b:, c:d, d:b e, e:c", Some(vec!["c", "d", "e"])),
        ] {
            assert_eq!(cycle(&edges(graph)), expected, "{graph}");
        }
    }

    #[test]
    fn levels_put_each_after_what_it_needs() {
        assert_eq!(
            levels(&edges("web:api, api:db cache, db:, cache:, job:db")),
            [vec!["cache", "db"], vec!["api", "job"], vec!["web"]]
        );
        assert_eq!(levels(&edges("a:b b, b:outside")), [vec!["outside"], vec!["b"], vec!["a"]]);
        assert_eq!(levels(&edges("a:b, b:a, c:, d:a")), [vec!["c"], vec!["a", "b", "d"]]);
        assert_eq!(levels(&Edges::<u8>::new()), Vec::<Vec<u8>>::new());
        assert_eq!(order(&edges("a:b, b:c, c:")), ["c", "b", "a"]);
    }

    #[test]
    fn dependents_and_needs_are_followed_to_the_end() {
        let graph = edges("web:api, api:db, db:, job:db, other:");
        assert_eq!(dependents(&graph, &["db"]), BTreeSet::from(["api", "job", "web"]));
        assert_eq!(dependents(&graph, &["db", "api"]), BTreeSet::from(["job", "web"]));
        assert_eq!(dependents(&graph, &["web", "nobody"]), BTreeSet::new());
        assert_eq!(needed(&graph, &["web"]), BTreeSet::from(["api", "db"]));
        assert_eq!(needed(&edges("a:b, b:a"), &["a"]), BTreeSet::from(["b"]));
    }

    #[test]
    fn a_long_chain_is_no_danger() {
        let chain: Edges<u32> = (0..50_000).map(|n| (n, vec![n + 1])).collect();
        assert_eq!(order(&chain).first(), Some(&50_000));
        assert_eq!(dependents(&chain, &[50_000]).len(), 50_000);
        let ring: Edges<u32> = (0..2000).map(|n| (n, vec![(n + 1) % 2000])).collect();
        assert_eq!(cycle(&ring).map(|cycle| cycle.len()), Some(2000));
    }
}
