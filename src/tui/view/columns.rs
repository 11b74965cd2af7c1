//! Which columns fit. They are dropped, never squeezed: those that matter most are kept longest.

use crate::tui::model::SortKey;

/// A column of the table, in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    /// Mark of the selection, sign, name.
    Name,
    /// State word.
    State,
    /// Port and liveness.
    Port,
    /// Main process.
    Pid,
    /// Uptime, or how long ago it ended.
    Up,
    /// CPU in per cent of a core.
    Cpu,
    /// CPU graph.
    CpuGraph,
    /// Memory.
    Memory,
    /// Memory graph.
    MemoryGraph,
    /// Restarts.
    Restarts,
    /// Milliseconds until the port answers.
    Latency,
    /// Project.
    Project,
    /// Command line: takes what is left.
    Command,
}

/// The columns in the order in which they are kept, with the width in a narrow and in a wide table.
const KEPT: [(Column, u16, u16); 13] = [
    (Column::Name, 14, 18),
    (Column::State, 9, 10),
    (Column::Port, 7, 7),
    (Column::Cpu, 5, 6),
    (Column::Memory, 5, 6),
    (Column::Up, 7, 7),
    (Column::CpuGraph, 8, 10),
    (Column::Pid, 7, 8),
    (Column::Restarts, 3, 4),
    (Column::MemoryGraph, 8, 10),
    (Column::Latency, 5, 5),
    (Column::Project, 15, 15),
    (Column::Command, 16, 16),
];

/// Before the name: mark, sign, space.
pub(super) const LEAD: u16 = 3;
/// Narrowest and widest name column.
const NAME: (u16, u16) = (10, 28);
/// What a long name leaves for saying how many columns are hidden.
const ANNOUNCED: u16 = 3;
/// Below this the name column may be at its narrowest.
const NARROW: u16 = 60;

impl Column {
    /// Its head.
    pub(super) fn head(self, roomy: bool) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::State => "STATE",
            Self::Port => "PORT",
            Self::Pid => "PID",
            Self::Up => "UP",
            Self::Cpu => "CPU%",
            Self::CpuGraph => {
                if roomy {
                    "CPU 2m"
                } else {
                    "CPU 60s"
                }
            }
            Self::Memory => "MEM",
            Self::MemoryGraph => {
                if roomy {
                    "MEM 2m"
                } else {
                    "MEM 60s"
                }
            }
            Self::Restarts => "RST",
            Self::Latency => "LAT",
            Self::Project => " PROJECT",
            Self::Command => "COMMAND",
        }
    }

    /// What its head sorts by.
    pub(super) const fn sort_key(self) -> Option<SortKey> {
        match self {
            Self::Name => Some(SortKey::Name),
            Self::State => Some(SortKey::State),
            Self::Port => Some(SortKey::Port),
            Self::Up => Some(SortKey::Uptime),
            Self::Cpu | Self::CpuGraph => Some(SortKey::Cpu),
            Self::Memory | Self::MemoryGraph => Some(SortKey::Memory),
            Self::Restarts => Some(SortKey::Restarts),
            Self::Project => Some(SortKey::Project),
            Self::Pid | Self::Latency | Self::Command => None,
        }
    }

    /// Whether it is a graph: the figure's head says how it is sorted.
    pub(super) const fn is_graph(self) -> bool {
        matches!(self, Self::CpuGraph | Self::MemoryGraph)
    }

    /// Whether it holds figures, which stand to the right.
    pub(super) const fn is_right(self) -> bool {
        match self {
            Self::Pid | Self::Up | Self::Cpu | Self::Memory | Self::Restarts | Self::Latency => true,
            Self::Name
            | Self::State
            | Self::Port
            | Self::CpuGraph
            | Self::MemoryGraph
            | Self::Project
            | Self::Command => false,
        }
    }
}

/// What fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// From the left, with their widths; one cell is between them.
    pub(super) shown: Vec<(Column, u16)>,
    /// How many are not shown.
    pub(super) hidden: usize,
    /// Cells that are left at the end.
    pub(super) spare: u16,
}

/// Seconds of a graph's cell.
pub(super) const fn step(roomy: bool) -> i64 {
    if roomy { 12 } else { 8 }
}

/// Chooses the columns for a table of this width, whose longest name has `longest` cells and whose longest PID `pid` ones.
pub(super) fn fit(width: u16, longest: u16, pid: u16, roomy: bool) -> Columns {
    let mut shown = Vec::with_capacity(KEPT.len());
    let mut used = LEAD;
    for (column, narrow, wide) in KEPT {
        let own = match column {
            Column::Name if width < NARROW => NAME.0,
            Column::Pid => if roomy { wide } else { narrow }.max(pid),
            _ if roomy => wide,
            _ => narrow,
        };
        let gap = u16::from(column != Column::Name);
        if used + gap + own > width && column != Column::Name {
            break;
        }
        used += gap + own;
        shown.push((column, own));
    }
    let mut spare = width.saturating_sub(used);
    for (column, own) in &mut shown {
        if *column == Column::Command {
            *own += std::mem::take(&mut spare);
        }
    }
    let hidden = KEPT.len() - shown.len();
    if let Some((_, own)) = shown.first_mut() {
        let free = if hidden > 0 { spare.saturating_sub(ANNOUNCED) } else { spare };
        let more = longest.min(NAME.1).saturating_sub(*own).min(free);
        *own += more;
        spare -= more;
    }
    shown.sort_by_key(|(column, _)| *column);
    Columns { shown, hidden, spare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_in_the_order_of_their_weight() {
        let names = |width, roomy| -> Vec<Column> {
            fit(width, 9, 5, roomy).shown.into_iter().map(|(column, _)| column).collect()
        };
        assert_eq!(names(40, false), [Column::Name, Column::State, Column::Port, Column::Cpu]);
        assert_eq!(
            names(60, false),
            [Column::Name, Column::State, Column::Port, Column::Up, Column::Cpu, Column::Memory]
        );
        assert_eq!(names(80, false).len(), 9);
        assert_eq!(names(120, true).len(), 12);
        assert_eq!(names(160, true).len(), 13);
    }

    #[test]
    fn widths_never_add_up_to_more_than_there_is() {
        for width in 40..=250 {
            for longest in [4, 20, 64] {
                let columns = fit(width, longest, 7, width >= 110);
                let used: u16 = columns.shown.iter().map(|(_, own)| own + 1).sum::<u16>() - 1 + LEAD;
                assert!(used <= width, "{width}");
                assert_eq!(columns.hidden + columns.shown.len(), KEPT.len());
            }
        }
    }
}
