//! What the detail pane knows of its server beyond the status: the processes of its run and how its last runs ended.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use super::scale::Scale;
use crate::api::{PastExit, ProcessRow, Processes};
use crate::model::{Phase, ServerId, ServerStatus};

/// Two answers nearer than this, in seconds, are not compared: the kernel counts in steps of 10 ms.
const NEAREST_S: f64 = 0.3;

/// A process with what two answers tell of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Process {
    /// As the supervisor said.
    pub(crate) row: ProcessRow,
    /// Of one core, between the last two answers; `None` at the first.
    pub(crate) cpu_percent: Option<f64>,
    /// How many of the others are above it.
    pub(crate) depth: usize,
}

/// What the exits are of: they are asked for again when it changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExitsOf {
    phase: Phase,
    restarts: u32,
    last: Option<Timestamp>,
}

impl ExitsOf {
    /// Of a server in this state.
    pub(crate) fn new(status: &ServerStatus) -> Self {
        let last = status.exit.as_ref().map(|exit| exit.at);
        Self { phase: status.phase, restarts: status.restarts, last }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct DetailPane {
    /// Whose; everything here is of this server.
    pub(crate) of: Option<ServerId>,
    /// Since when it is the selected one.
    pub(crate) since: Duration,
    /// When to ask for what is not known, while that is put off: who runs through the table asks for nothing.
    pub(crate) ask_at: Option<Duration>,
    /// First line on the screen.
    pub(crate) top: usize,
    /// How its last runs ended, newest first.
    pub(crate) exits: Vec<PastExit>,
    /// Of when they are.
    pub(crate) exits_of: Option<ExitsOf>,
    /// Parents before their children.
    pub(crate) processes: Vec<Process>,
    /// How many there are; more than in `processes` where there are very many.
    pub(crate) total: usize,
    /// When they were asked for.
    pub(crate) asked: Option<Duration>,
    /// Tops of the charts' axes.
    pub(crate) scale: Scale,
    /// Which window and moment the tops are for.
    pub(crate) scaled: Option<(usize, i64)>,
}

impl DetailPane {
    /// Of another server, of which nothing is known yet.
    pub(crate) fn about(server: ServerId, now: Duration) -> Self {
        Self { of: Some(server), since: now, ..Self::default() }
    }

    /// Takes an answer; whether anything on the screen is another.
    pub(crate) fn take(&mut self, answer: Processes) -> bool {
        let before: HashMap<u32, &Process> =
            self.processes.iter().map(|process| (process.row.pid, process)).collect();
        let with_cpu = |row: ProcessRow| {
            let cpu_percent = before.get(&row.pid).and_then(|then| used(then, &row));
            Process { row, cpu_percent, depth: 0 }
        };
        let processes = tree(answer.processes.into_iter().map(with_cpu).collect());
        let is_same = self.total == answer.total && self.processes == processes;
        self.processes = processes;
        self.total = answer.total;
        !is_same
    }

    /// No process of it lives.
    pub(crate) fn is_down(&mut self) {
        self.processes.clear();
        self.total = 0;
        self.asked = None;
    }
}

/// Per cent of a core that it used since `then`, if it is the same process.
fn used(then: &Process, now: &ProcessRow) -> Option<f64> {
    let elapsed = now.uptime_s - then.row.uptime_s;
    // one that has got the number of another is younger
    if elapsed < 0.0 {
        return None;
    }
    if elapsed < NEAREST_S {
        return then.cpu_percent;
    }
    Some(((now.cpu_s - then.row.cpu_s) / elapsed * 100.0).max(0.0))
}

/// Each after its parent, in the order that they came in; one whose parent is not among them stands at the left.
fn tree(processes: Vec<Process>) -> Vec<Process> {
    let known: HashSet<u32> = processes.iter().map(|process| process.row.pid).collect();
    let mut below: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (at, Process { row, .. }) in processes.iter().enumerate() {
        if known.contains(&row.parent) && row.parent != row.pid {
            below.entry(row.parent).or_default().push(at);
        } else {
            open.push((at, 0));
        }
    }
    open.reverse();
    let mut order = Vec::with_capacity(processes.len());
    while let Some((at, depth)) = open.pop() {
        order.push((at, depth));
        // taken away: whoever is met a second time brings nobody along
        let children = below.remove(&processes[at].row.pid).unwrap_or_default();
        open.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    let mut slots: Vec<Option<Process>> = processes.into_iter().map(Some).collect();
    let mut placed = |(at, depth): (usize, usize)| {
        let process = slots.get_mut(at)?.take()?;
        Some(Process { depth, ..process })
    };
    let mut sorted: Vec<Process> = order.into_iter().filter_map(&mut placed).collect();
    // two that say to be each other's parent
    sorted.extend(slots.into_iter().flatten());
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pid: u32, parent: u32, cpu_s: f64, uptime_s: f64) -> ProcessRow {
        ProcessRow { pid, parent, command: format!("p{pid}"), cpu_s, memory_bytes: 1, uptime_s }
    }

    fn answer(processes: Vec<ProcessRow>) -> Processes {
        Processes { total: processes.len(), processes }
    }

    fn shown(pane: &DetailPane) -> Vec<(u32, usize)> {
        pane.processes.iter().map(|process| (process.row.pid, process.depth)).collect()
    }

    #[test]
    fn children_stand_below_their_parents_and_a_circle_ends() {
        let mut pane = DetailPane::default();
        let rows = [(11, 10), (12, 11), (13, 10), (14, 12), (15, 11), (16, 13)];
        pane.take(answer(rows.iter().map(|(pid, parent)| row(*pid, *parent, 0.0, 1.0)).collect()));
        assert_eq!(shown(&pane), [(11, 0), (12, 1), (14, 2), (15, 1), (13, 0), (16, 1)]);
        pane.take(answer(vec![row(1, 2, 0.0, 1.0), row(2, 1, 0.0, 1.0), row(3, 3, 0.0, 1.0)]));
        assert_eq!(shown(&pane), [(3, 0), (1, 0), (2, 0)]);
    }

    #[test]
    fn two_answers_tell_what_a_process_uses_and_a_number_that_went_on_to_another_tells_nothing() {
        let mut pane = DetailPane::default();
        let cpu = |pane: &DetailPane| pane.processes.iter().map(|p| p.cpu_percent).collect::<Vec<_>>();
        assert!(pane.take(answer(vec![row(1, 0, 5.0, 10.0), row(2, 1, 9.0, 50.0)])));
        assert_eq!(cpu(&pane), [None, None]);
        pane.take(answer(vec![row(1, 0, 6.0, 12.0), row(2, 1, 0.5, 1.0)]));
        assert_eq!(cpu(&pane), [Some(50.0), None]);
        pane.take(answer(vec![row(1, 0, 6.0, 12.1), row(2, 1, 0.5, 1.1)]));
        assert_eq!(cpu(&pane), [Some(50.0), None], "too near");
        assert!(!pane.take(answer(vec![row(1, 0, 6.0, 12.1), row(2, 1, 0.5, 1.1)])), "the same again");
    }
}
