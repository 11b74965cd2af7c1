//! `ostler screenshot`: how the pictures of the documentation are made.

use std::path::PathBuf;

use super::session::Session;
use super::{DashboardRequest, Failure, Outcome};

/// Options.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Columns
    #[arg(long, default_value_t = 120)]
    pub columns: u16,
    /// Rows
    #[arg(long, default_value_t = 40)]
    pub rows: u16,
    /// Keys that are typed before
    #[arg(long, default_value = "")]
    pub keys: String,
    /// Milliseconds that it lives before the keys, and after them
    #[arg(long, default_value_t = 1500)]
    pub patience_ms: u64,
    /// Write a picture for each theme to `themes/` in this directory, and a sheet with all of them to `themes.svg`
    #[arg(long, value_name = "DIR")]
    pub gallery: Option<PathBuf>,
}

/// The dashboard without a terminal, read-only unless keys are typed.
pub async fn run(session: &Session, args: Args) -> Result<Outcome, Failure> {
    session.client.ensure_supervisor().await?;
    let request = DashboardRequest::here(session, false)?;
    Ok(Outcome::Screenshot(Box::new(request), args))
}
