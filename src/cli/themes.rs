//! `ostler themes`: which themes there are, and the text of one.

use std::path::PathBuf;

use serde::Serialize;

use super::output::{Output, clean};
use super::session::Session;
use super::{ColorWhen, Failure, Outcome, grid, theme};
use crate::model::{Ground, ThemeChoice};
use crate::paths;
use crate::text::width::width;

/// Show the dashboard's themes, or print one
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Print the file of this theme, to begin one of your own with
    pub name: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "name")]
    pub json: bool,
}

/// What is to be shown; the dashboard's part of the program knows the themes.
#[derive(Clone, Debug)]
pub struct Request {
    /// See [`Args`].
    pub args: Args,
    /// Where to print.
    pub out: Output,
    /// `--color`
    pub color: ColorWhen,
    /// The directory of the user's own themes.
    pub dir: Option<PathBuf>,
    /// What was chosen.
    pub choice: Option<ThemeChoice>,
}

/// One theme.
#[derive(Clone, Debug, Serialize)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// `dark`, `light`, or `terminal`: that of the terminal.
    pub background: &'static str,
    /// Its file; `null`: it is shipped.
    pub file: Option<PathBuf>,
    /// Whether it was chosen, by `--theme` or a file.
    pub chosen: bool,
    /// What is wrong with its file.
    pub problem: Option<String>,
    /// Its colours on the terminal, as they are.
    #[serde(skip)]
    pub swatch: String,
}

/// What the terminal is asked for is what the dashboard would be asked for here.
pub fn run(session: &Session, args: Args) -> Result<Outcome, Failure> {
    let project = session.read_project()?;
    let given = session.global.theme.clone();
    let wanted = theme::wanted(given, project.as_ref(), paths::user_config().as_deref());
    Ok(Outcome::Themes(Box::new(Request {
        args,
        out: session.out,
        color: session.global.color,
        dir: paths::user_themes(),
        choice: wanted.choice,
    })))
}

impl Request {
    /// Prints the list.
    pub fn show(&self, themes: &[Theme]) -> Result<(), Failure> {
        if self.args.json {
            return self.out.json(&themes, true);
        }
        let left = grid::Align::Left;
        let rows: Vec<[String; 3]> = themes.iter().map(Theme::row).collect();
        let table =
            grid::render([("NAME", left), ("BACKGROUND", left), ("FROM", left)], &rows, self.out.style);
        if !self.out.style.color {
            return self.out.print(&table);
        }
        // The swatches stand before the rows, so that long paths leave them where they are.
        let wide = themes.iter().map(|theme| swatch_cells(&theme.swatch)).max().unwrap_or(0);
        let mut lines = table.lines();
        let mut text = format!("{}  {}\n", " ".repeat(wide), lines.next().unwrap_or_default());
        for (line, theme) in lines.zip(themes) {
            let blanks = " ".repeat(wide - swatch_cells(&theme.swatch));
            text.extend([theme.swatch.as_str(), &blanks, "  ", line, "\n"]);
        }
        self.out.print(&text)
    }
}

/// Cells of a text with escapes of the kind that ends with `m`.
fn swatch_cells(text: &str) -> usize {
    text.split('\x1b').map(|part| width(part.split_once('m').map_or(part, |(_, shown)| shown))).sum()
}

impl Theme {
    fn row(&self) -> [String; 3] {
        let mark = if self.chosen { " *" } else { "" };
        let from = self.file.as_ref().map_or_else(|| "shipped".to_owned(), |file| file.display().to_string());
        let problem =
            self.problem.as_ref().map_or_else(String::new, |problem| format!("  broken: {problem}"));
        [format!("{}{mark}", clean(&self.name)), self.background.to_owned(), format!("{from}{problem}")]
    }
}

/// The word for what a theme paints behind everything.
pub fn background(ground: Option<Ground>) -> &'static str {
    ground.map_or("terminal", Ground::word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_where_a_theme_is_from_and_what_is_wrong_with_it() {
        let theme = Theme {
            name: "mine".into(),
            background: background(None),
            file: Some("/t/mine.toml".into()),
            chosen: true,
            problem: Some("mine.toml:2: unknown colour `x`".into()),
            swatch: String::new(),
        };
        assert_eq!(
            theme.row(),
            ["mine *", "terminal", "/t/mine.toml  broken: mine.toml:2: unknown colour `x`"].map(String::from)
        );
        assert_eq!(swatch_cells("\x1b[0;1m● \x1b[0;32m▲\x1b[0m"), 3);
        assert_eq!(background(Some(Ground::Light)), "light");
    }
}
