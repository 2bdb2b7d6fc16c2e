//! Booleans and whole numbers within bounds.

use super::{Complaint, Form, Kind};
use crate::config::tree::{Data, Value};

pub(in crate::config) struct Boolean;

impl Kind for Boolean {
    type Output = bool;

    fn read(&self, value: &Value) -> Result<bool, Vec<Complaint>> {
        match value.data {
            Data::Boolean(flag) => Ok(flag),
            _ => Err(vec![Complaint::new(&self.form(), value)]),
        }
    }

    fn form(&self) -> Form {
        Form::Boolean
    }
}

/// A whole number from `minimum` to `maximum`, both included.
pub(in crate::config) struct Integer {
    pub(in crate::config) minimum: u32,
    pub(in crate::config) maximum: u32,
}

impl Kind for Integer {
    type Output = u32;

    fn read(&self, value: &Value) -> Result<u32, Vec<Complaint>> {
        if let Data::Integer(number) = value.data
            && let Ok(number) = u32::try_from(number)
            && (self.minimum..=self.maximum).contains(&number)
        {
            return Ok(number);
        }
        let complaint = Complaint::new(&self.form(), value);
        Err(vec![match &value.data {
            Data::Text(text) if text.parse::<u32>().is_ok() => {
                complaint.with_help(format!("write {text} without quotes"))
            }
            _ => complaint,
        }])
    }

    fn form(&self) -> Form {
        Form::Integer {
            minimum: self.minimum.into(),
            maximum: self.maximum.into(),
        }
    }
}
