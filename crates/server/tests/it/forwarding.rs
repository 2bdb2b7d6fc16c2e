//! What crosses the gateway, both ways, and in which form.

mod bodies;
mod compression;
mod heads;
mod streams;
