//! How the log pane shows its lines, whatever they are: it stays when the pane turns to another server.

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogLook {
    /// Long lines go on in the next row.
    pub(crate) wrap: bool,
    /// First column, where they do not.
    pub(crate) left: usize,
}

impl LogLook {
    /// For another server's log: what holds for its lines alone begins anew.
    pub(crate) fn turned(&self) -> Self {
        Self { left: 0, ..self.clone() }
    }
}
