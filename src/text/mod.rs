//! From bytes that somebody else wrote to text that is safe to show.
