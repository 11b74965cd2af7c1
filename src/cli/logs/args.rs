//! The arguments of `ostler logs`, and whether they make sense together.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{ValueEnum, ValueHint};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use strum::VariantNames as _;

use super::follow::Wanted;
use crate::cli::names::SomeNames;
use crate::cli::{Failure, time};
use crate::model::{Level, Stream};

/// Its arguments.
#[derive(clap::Args, Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Args {
    #[command(flatten)]
    pub(super) names: SomeNames,
    /// At most this many of the last lines of each server [default: 200, with --since, --save or --raw all]
    #[arg(short = 'n', long, value_name = "N")]
    pub(super) lines: Option<usize>,
    /// Go on with what comes
    #[arg(short, long)]
    pub(super) follow: bool,
    /// Not older than this: `10m`, `2h`, or a time: `18:30`, `2026-11-20 18:30`, `2026-11-20T18:30:00Z`
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only what is older than this
    #[arg(long, value_name = "WHEN", conflicts_with = "follow")]
    until: Option<String>,
    /// Only lines that match this regular expression; capitals matter if it has one
    #[arg(long, value_name = "REGEX")]
    pub(super) grep: Option<String>,
    /// No lines that match this regular expression
    #[arg(long, value_name = "REGEX")]
    exclude: Option<String>,
    /// Also so many lines before and after each, with `--` between lines that are apart
    #[arg(short = 'C', long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000))]
    context: Option<u16>,
    /// Only lines of this level or worse, with their stack traces
    #[arg(long, ignore_case = true, value_parser = PossibleValuesParser::new(Level::VARIANTS).try_map(|word| word.to_ascii_lowercase().parse::<Level>()))]
    level: Option<Level>,
    /// Only what came from there
    #[arg(long, value_name = "STREAM")]
    stream: Option<OneStream>,
    /// Put the time before each line, and leave out a line's own that says the same
    #[arg(short, long)]
    pub(super) times: bool,
    /// Write lines that are JSON as `level message key=value …`
    #[arg(long)]
    pub(super) pretty: bool,
    /// Print JSON, one line of the log on each line
    #[arg(long, conflicts_with_all = ["pretty", "times"])]
    pub(super) json: bool,
    /// The bytes as one server wrote them, without ostler's own lines, to a file or a pipe
    #[arg(long, conflicts_with_all = ["grep", "exclude", "context", "level", "until", "times", "pretty", "json"])]
    pub(super) raw: bool,
    /// With --raw: to a terminal too, which obeys what the bytes say
    #[arg(long, requires = "raw")]
    pub(super) force: bool,
    /// Write it to this new file, without colours
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) save: Option<PathBuf>,
}

/// What a server writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OneStream {
    /// Its standard output
    #[value(alias = "stdout")]
    Out,
    /// Its standard error
    #[value(alias = "stderr")]
    Err,
}

impl Args {
    /// What is to be read, as of `now`.
    pub(super) fn wanted(&self, now: Timestamp) -> Result<Wanted, Failure> {
        let moment = |text: &Option<String>| {
            let at = text.as_deref().map(|text| time::parse_when(text, now, &TimeZone::system()));
            at.transpose().map_err(|what| Failure::usage(what).with_hint(time::WHEN))
        };
        let (since, until) = (moment(&self.since)?, moment(&self.until)?);
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            return Err(Failure::usage("`--until` is not later than `--since`: nothing is between them")
                .with_hint("both tell how long ago, or a time: `--since 2h --until 1h`"));
        }
        let is_filtered = self.grep.is_some() || self.exclude.is_some();
        if self.context.is_some() && !is_filtered && self.level.is_none() && self.stream.is_none() {
            return Err(Failure::usage(
                "`-C` gives lines around those that are found, and nothing is looked for",
            )
            .with_hint("add `--grep REGEX` or `--level LEVEL`"));
        }
        // 200 is the supervisor's own default; who limits the time, or takes it along, wants all of it
        let all = (since.is_some() || self.save.is_some()) && !self.raw;
        Ok(Wanted {
            lines: self.lines.or(all.then_some(u32::MAX as usize)),
            grep: self.grep.clone(),
            exclude: self.exclude.clone(),
            context: self.context.map(usize::from),
            level: self.level,
            stream: self.stream.map(|stream| match stream {
                OneStream::Out => Stream::Stdout,
                OneStream::Err => Stream::Stderr,
            }),
            since,
            until,
            follow: self.follow,
        })
    }
}
