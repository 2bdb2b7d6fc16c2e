//! The Prometheus text format, version 0.0.4.

use std::fmt::{Display, Write};

use super::Metric;

/// One metric, and what is said of it on the page and in the reference.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// One sentence.
    pub help: &'static str,
    pub labels: &'static [&'static str],
}

impl Family {
    /// Its row in `docs/metrics.md`.
    pub fn row(&self) -> String {
        let Self {
            name,
            kind,
            help,
            labels,
        } = self;
        let labels = match labels {
            [] => "–".to_owned(),
            labels => format!("`{}`", labels.join("`, `")),
        };
        format!("| `{name}` | {kind} | {labels} | {help} |\n")
    }
}

/// A page of metrics being written.
#[derive(Default)]
pub struct Exposition {
    text: String,
    name: &'static str,
}

impl Exposition {
    /// As [`Exposition::begin`], for the metrics of this crate.
    pub(super) fn family(&mut self, metric: Metric) {
        self.begin(&metric.family());
    }

    /// Begins a metric; the samples that follow belong to it.
    pub fn begin(&mut self, family: &Family) {
        let Family {
            name, kind, help, ..
        } = family;
        self.name = name;
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.suffixed("", labels, value);
    }

    pub(super) fn suffixed(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        for (index, (name, label)) in labels.iter().enumerate() {
            self.text.push(if index == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{name}=\"{}\"", escape(label));
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    pub fn finish(self) -> String {
        self.text
    }
}

fn escape(label: &str) -> String {
    label
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_printed_with_its_samples() {
        let mut page = Exposition::default();
        page.begin(&Family {
            name: "x_total",
            kind: "counter",
            help: "Things.",
            labels: &["a", "b"],
        });
        page.sample(&[], 1);
        page.sample(&[("a", "q\"\\\n"), ("b", "2")], 3);
        insta::assert_snapshot!(page.finish(), @r##"
        # HELP x_total Things.
        # TYPE x_total counter
        x_total 1
        x_total{a="q\"\\\n",b="2"} 3
        "##);
    }
}
