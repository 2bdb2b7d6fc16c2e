//! `[flags.<name>]`: tables that the operator names.

use palisade_kernel::WhenOff;
use palisade_kernel::flag::FLAGS_MAX;

use super::super::{Overrides, show};
use super::{APP, check, load_all, load_file, mistakes_with};

const FILE: &str = "[flags.uploads]\npaths = [\"/up/**\"]\n[flags.beta]\ndefault = false\n";

#[test]
fn each_flag_takes_the_defaults_of_what_it_leaves_out() {
    let loaded = load_file(&format!("{FILE}{APP}")).unwrap_or_else(|told| panic!("{told}"));
    let [beta, uploads] = loaded.config.flags.as_slice() else {
        panic!("{:?}", loaded.config.flags);
    };
    assert_eq!((beta.name.as_str(), beta.default), ("beta", false));
    assert!(beta.paths.is_empty());
    assert_eq!((uploads.name.as_str(), uploads.default), ("uploads", true));
    assert_eq!(uploads.when_off, WhenOff::Unavailable);
    let shown = show(&loaded);
    assert!(shown.contains("[flags.beta]\n"), "{shown}");
    assert!(
        shown.contains("default = false  # palisade.toml:4:11"),
        "{shown}"
    );
}

#[test]
fn without_a_section_there_are_none() {
    assert_eq!(load_file(APP).unwrap().config.flags, []);
}

#[test]
fn a_variable_adds_to_the_flags_of_the_file() {
    let value = "{ beta = { default = true }, gamma = { when_off = \"not-found\" } }";
    let environment = [("PALISADE_FLAGS", value)];
    let loaded = load_all(&format!("{FILE}{APP}"), &environment, Overrides::default());
    let flags = loaded.config.flags.iter();
    let told: Vec<_> = flags
        .map(|flag| (flag.name.as_str(), flag.default))
        .collect();
    assert_eq!(told, [("beta", true), ("gamma", true), ("uploads", true)]);
}

#[test]
fn what_is_no_flag_is_told_with_its_place() {
    for (text, told) in [
        (
            "[flags.Uploads]",
            "flags.Uploads: this is no name\n  --> palisade.toml:1:8",
        ),
        (
            "[flags]\nuploads = true",
            "flags.uploads: expected a table, got true",
        ),
        (
            "[flags.uploads]\npath = []",
            "flags.uploads.path: there is no such key",
        ),
        ("[flags.uploads]\npath = []", "the nearest is `paths`"),
        (
            "[flags.uploads]\npaths = [\"/a*\"]",
            "flags.uploads.paths[0]: expected a path",
        ),
        (
            "[flags.uploads]\nwhen_off = \"gone\"",
            "expected \"unavailable\" or \"not-found\", got \"gone\"",
        ),
    ] {
        let mistakes = check(text);
        assert!(mistakes.contains(told), "{told:?} is not in {mistakes}");
    }
}

#[test]
fn there_are_only_so_many() {
    let flags = |count: usize| -> String {
        let tables = (0..count).map(|at| format!("[flags.f{at}]\n"));
        tables.collect()
    };
    assert!(load_file(&format!("{}{APP}", flags(FLAGS_MAX))).is_ok());
    let told = check(&flags(FLAGS_MAX + 1));
    assert!(
        told.contains("flags: expected at most 64 flags, got 65"),
        "{told}"
    );
}

#[test]
fn variables_of_one_flag_are_told_to_be_set_whole() {
    let told = mistakes_with(&[("PALISADE_FLAGS__UPLOADS__DEFAULT", "false")]);
    let help = "flags is a table of tables; set it whole, as TOML: \
                PALISADE_FLAGS='{ name = { … } }'";
    assert!(told.contains(help), "{told}");
    let told = mistakes_with(&[("PALISADE_FLAGS", "{ uploads")]);
    assert!(
        told.contains("flags: this is not a table in TOML"),
        "{told}"
    );
}
