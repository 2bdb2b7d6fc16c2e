//! The tables of this capability, and every statement that it runs.

use palisade_store::{Migration, Migrations};

use crate::{changes, flags, maintenance, modes, tokens};

