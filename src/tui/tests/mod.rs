//! The whole dashboard, from message to cell.
