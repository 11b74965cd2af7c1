//! Projects: taken over and forgotten.

use std::path::Path;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use super::answer::bad;
use super::extract::{Args, By, Input, MaybeInput, NamedProject, Nothing};
use crate::api::{Problem, ProjectInfo, RegisterRequest, Registered, ReloadRequest, Reloaded, WaitQuery};

pub(super) async fn register(
    State(app): State<App>,
    By(by): By,
    Input(request): Input<RegisterRequest>,
) -> Result<Json<Registered>, Problem> {
    check_path(&request.file)?;
    app.handle.register(request, by).await.map(Json)
}

pub(super) async fn reload(
    State(app): State<App>,
    Args(query): Args<WaitQuery>,
    By(by): By,
    Input(request): Input<ReloadRequest>,
) -> Result<Json<Reloaded>, Problem> {
    check_path(&request.file)?;
    app.handle.reload(request, by, query.wait).await.map(Json)
}

fn check_path(file: &Path) -> Result<(), Problem> {
    if file.is_absolute() {
        return Ok(());
    }
    Err(bad(format!("`{}` is not an absolute path", file.display()))
        .with_hint("the supervisor has another working directory than you: send the whole path"))
}

pub(super) async fn info(
    State(app): State<App>,
    NamedProject(project): NamedProject,
) -> Result<Json<ProjectInfo>, Problem> {
    app.handle.project(project).await.map(Json)
}

pub(super) async fn forget(
    State(app): State<App>,
    NamedProject(project): NamedProject,
    By(by): By,
    MaybeInput(Nothing {}): MaybeInput<Nothing>,
) -> Result<StatusCode, Problem> {
    app.handle.forget(project, by).await?;
    Ok(StatusCode::NO_CONTENT)
}
