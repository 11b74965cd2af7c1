//! The API over real sockets, in front of an actor that only notes what it was asked: [`support`]. One file a subject.

mod events;
mod gate;
mod limits;
mod logs;
mod requests;
mod support;
