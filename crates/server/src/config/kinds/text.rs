//! Strings: paths of files, and whatever a section parses itself.

use std::path::PathBuf;

use super::{Complaint, Form, Kind};
use crate::config::tree::{Data, Value};

/// Longest string of a key, in bytes.
pub(in crate::config) const TEXT_BYTES_MAX: usize = 8192;

/// A string that `parse` turns into `T`, or refuses with a sentence that helps.
pub(in crate::config) struct Parsed<T> {
    pub(in crate::config) expected: &'static str,
    pub(in crate::config) parse: fn(&str) -> Result<T, String>,
}

impl<T> Kind for Parsed<T> {
    type Output = T;

    fn read(&self, value: &Value) -> Result<T, Vec<Complaint>> {
        let complaint = Complaint::new(&self.form(), value);
        let Data::Text(text) = &value.data else {
            return Err(vec![complaint]);
        };
        if text.len() > TEXT_BYTES_MAX {
            let help = format!("the longest text taken is {TEXT_BYTES_MAX} bytes");
            return Err(vec![complaint.with_help(help)]);
        }
        (self.parse)(text).map_err(|help| {
            vec![if help.is_empty() {
                complaint
            } else {
                complaint.with_help(help)
            }]
        })
    }

    fn form(&self) -> Form {
        Form::Text {
            expected: self.expected.to_owned(),
            pattern: None,
        }
    }
}

/// The path of a file or folder, relative to the folder Palisade is started in.
pub(in crate::config) struct FilePath;

impl Kind for FilePath {
    type Output = PathBuf;

    fn read(&self, value: &Value) -> Result<PathBuf, Vec<Complaint>> {
        let parse = |text: &str| {
            let is_path = !text.is_empty() && !text.contains('\0');
            if is_path {
                Ok(PathBuf::from(text))
            } else {
                Err(String::new())
            }
        };
        Parsed {
            expected: "the path of a file or folder",
            parse,
        }
        .read(value)
    }

    fn form(&self) -> Form {
        Form::Text {
            expected: "the path of a file or folder".to_owned(),
            pattern: None,
        }
    }
}
