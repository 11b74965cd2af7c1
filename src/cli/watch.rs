//! `ostler watch`

use super::output::is_interactive;
use super::session::Session;
use super::{DashboardRequest, Failure, Outcome};

/// The dashboard over the socket that only serves reads.
pub async fn run(session: &Session) -> Result<Outcome, Failure> {
    if !is_interactive() {
        return Err(Failure::usage("the dashboard needs a terminal")
            .with_hint("`ostler status --watch` does without"));
    }
    session.client.ensure_supervisor().await?;
    Ok(Outcome::Dashboard(Box::new(DashboardRequest::here(session, true)?)))
}
