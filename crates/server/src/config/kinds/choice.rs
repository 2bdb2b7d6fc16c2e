//! One of several names, each standing for a variant of an enum.

use std::marker::PhantomData;

use super::{Complaint, Form, Kind};
use crate::config::nearest::nearest;
use crate::config::tree::{Data, Value};

/// An enum whose variants have names in the file.
pub(in crate::config) trait Named: Copy + 'static {
    /// Every variant with its name, in the order in which they are listed to people.
    const NAMES: &'static [(&'static str, Self)];
}

pub(in crate::config) struct Choice<T>(PhantomData<fn() -> T>);

impl<T> Choice<T> {
    pub(in crate::config) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Named> Kind for Choice<T> {
    type Output = T;

    fn read(&self, value: &Value) -> Result<T, Vec<Complaint>> {
        let mut complaint = Complaint::new(&self.form(), value);
        if let Data::Text(text) = &value.data {
            if let Some((_, variant)) = T::NAMES.iter().find(|(name, _)| name == text) {
                return Ok(*variant);
            }
            let names = T::NAMES.iter().map(|(name, _)| *name);
            complaint.nearest = nearest(text, names).map(|name| format!("\"{name}\""));
        }
        Err(vec![complaint])
    }

    fn form(&self) -> Form {
        Form::Choice(T::NAMES.iter().map(|(name, _)| *name).collect())
    }
}
