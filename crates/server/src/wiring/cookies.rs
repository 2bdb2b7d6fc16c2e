//! `[edge.cookies]` as the control takes it.

use palisade_edge::cookies::{Attribute, NamePattern, Options};
use palisade_kernel::Mode;

use crate::config::edge::cookies::Cookies;

pub(super) fn options(config: &Cookies) -> Options {
    Options {
        mode: config.mode,
        secure: attribute(config.secure, &config.secure_except),
        http_only: attribute(config.http_only, &config.http_only_except),
        same_site: attribute(config.same_site, &config.same_site_except),
        same_site_value: config.same_site_value,
    }
}

fn attribute(mode: Mode, except: &[NamePattern]) -> Attribute {
    Attribute {
        mode,
        except: except.to_vec(),
    }
}
